#include "support/load.h"

#include <optional>

#include "support/wire.h"

namespace sluice::test {

Load::Load(Plan plan) : plan_(std::move(plan)), running_(plan_.keeping + plan_.fresh) {
  for (int i = 0; i < plan_.keeping + plan_.fresh; ++i)
    threads_.emplace_back([this, keeps = i < plan_.keeping] {
      run(keeps);
      --running_;
    });
}

Load::~Load() { stop(); }

void Load::stop() {
  over_ = true;
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

bool Load::wait_end() {
  return eventually([this] { return running_ == 0; });
}

void Load::run(bool keeps) {
  while (!over_) {
    std::optional<Client> client;
    try {
      client.emplace(plan_.port);
    } catch (const Closed& refused) {
      if (!refusal_allowed_) fault(refused.what());
      return;
    }
    try {
      while (ask(*client, keeps) && !over_)
        continue;
    } catch (const std::exception& lost) {
      fault(lost.what());
      return;
    }
  }
}

// True when the connection can be used again.
bool Load::ask(Client& client, bool keeps) {
  const Message answer = client.exchange(get("/load", keeps ? "" : "Connection: close\r\n"));
  if (const std::string wrong = plan_.judge(answer); !wrong.empty()) fault(wrong);
  ++answered_;
  const bool closes = answer.header("Connection") == "close";
  if (closes && keeps) ++closing_;
  return keeps && !closes;
}

void Load::fault(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (++fault_count_ <= 20) faults_.push_back(what);
}

std::string Load::faults() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const std::string& each : faults_)
    all += each + "\n";
  return all;
}

std::uint64_t Load::fault_count() const {
  const std::lock_guard lock(mutex_);
  return fault_count_;
}

bool Load::wait_answered(std::uint64_t more) const {
  const std::uint64_t enough = answered_ + more;
  return eventually([&] { return answered_ >= enough || fault_count() > 0; }, 4 * kPatience);
}

}  // namespace sluice::test
