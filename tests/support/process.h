// A child process of a test: started, watched, signalled, and never left behind.
//
// Its output goes to files, so that it can neither block on a full pipe nor lose a last line. The kernel kills it when the
// thread that made it dies; the destructor kills it too. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/patience.h"
#include "support/temp_dir.h"

namespace sluice::test {

struct Command {
  std::vector<std::string> argv;           // argv[0] is looked up in PATH
  std::vector<std::string> environment{};  // "NAME=value", added to the test's own
  std::optional<unsigned> open_files{};    // RLIMIT_NOFILE, soft and hard
  bool closed_output = false;              // standard output is no open descriptor at all
  std::string output_file{};               // standard output goes there instead ("/dev/full")
};

class Process {
 public:
  // Throws std::runtime_error when the program cannot be started.
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running();
  void signal(int number);
  // Exit code, or 128 + signal. Throws when it has not ended within `patience`.
  int wait(std::chrono::milliseconds patience = kPatience);

  // What it has written so far.
  std::string output() const;
  std::string errors() const;
  // Until `text` stands in errors(), from `offset` on; false when it ended or patience ran out before.
  bool wait_for_error_text(std::string_view text, std::size_t offset = 0,
                           std::chrono::milliseconds patience = kPatience);

  // Memory of its own that is resident now, in KiB: anonymous pages. Pages of files are left out, the program's code among them:
  // whether they count as private depends on who else runs the same file at that moment, and as dirty on how lately it was built.
  std::size_t private_kib() const;
  std::size_t open_descriptors() const;
  std::size_t threads() const;

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

// Run to its end; throws when that takes longer than `patience`.
struct Finished {
  int code;
  std::string output;
  std::string errors;
};
Finished run(const Command& command, std::chrono::milliseconds patience = kPatience);

}  // namespace sluice::test
