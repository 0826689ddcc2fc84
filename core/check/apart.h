// A piece of work in a process of its own: a plugin that crashes, hangs or ends the process ends only that.
//
//   parent --fork--> child (a folder of its own, output kept apart) --lines through a pipe--> parent
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "check/finding.h"

namespace sluice::check {

struct ApartEnd {
  bool is_whole = false;   // the work came to its end
  std::string how;         // else: "was ended by SIGSEGV (Segmentation fault)"
  std::string where;       // the call of the plugin that it was in; may be empty
  std::string last_words;  // of what it printed; may be empty
};

// Runs `work` in a child; each line that it reports arrives at `on_line`, in order. The child is killed when no call of the
// plugin has begun or ended, and no line has come, for `patience`. Call while the process has one thread.
ApartEnd run_apart(std::chrono::milliseconds patience, const std::function<void(const std::string&)>& on_line,
                   const std::function<void(const std::function<void(const std::string&)>&)>& work);

}  // namespace sluice::check
