// Clients that ask one question after another, each on a thread of its own, and judge every answer.
//
// A fault is whatever a client must never see: a connection that ends within a request or before its answer, an answer that is
// not valid, or one that `judge` finds wrong. A client that the gateway told `Connection: close` connects anew.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/http_text.h"
#include "support/patience.h"

namespace sluice::test {

class Client;

class Load {
 public:
  // `keeping` clients keep their connections, `fresh` ones make a new one for each request. `judge` returns what is wrong with
  // an answer, or nothing; it is called on the clients' threads.
  struct Plan {
    std::uint16_t port;
    int keeping = 2;
    int fresh = 1;
    std::function<std::string(const Message&)> judge;
  };
  explicit Load(Plan plan);
  // Stops.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // From now on a connection that is refused ends its client, without a fault. [any-thread]
  void allow_refusal() { refusal_allowed_ = true; }
  // Let running requests end, then the threads. Again is no work.
  void stop();
  // Wait until all clients have ended by themselves; false when they have not within kPatience.
  bool wait_end();

  // So far. [any-thread]
  std::uint64_t answered() const { return answered_; }
  // Answers that said `Connection: close`, other than those that a client asked for.
  std::uint64_t closing() const { return closing_; }
  // The first twenty, and how many there were.
  std::string faults() const;
  std::uint64_t fault_count() const;
  // Until that many more have been answered.
  bool wait_answered(std::uint64_t more) const;

 private:
  void run(bool keeps);
  bool ask(Client& client, bool keeps);
  void fault(const std::string& what);

  Plan plan_;
  std::atomic<bool> over_ = false;
  std::atomic<bool> refusal_allowed_ = false;
  std::atomic<std::uint64_t> answered_ = 0;
  std::atomic<std::uint64_t> closing_ = 0;
  std::atomic<int> running_ = 0;
  mutable std::mutex mutex_;  // of what follows
  std::vector<std::string> faults_;
  std::uint64_t fault_count_ = 0;
  std::vector<std::thread> threads_;  // last: they use all the others
};

}  // namespace sluice::test
