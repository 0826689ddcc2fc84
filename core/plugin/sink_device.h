// Where a sink's lines go: a file, a standard stream, the local syslog. Used by the writing thread alone.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

class SinkDevice {
 public:
  struct Outcome {
    std::size_t taken = 0;  // bytes, from the front
    int fault = 0;          // errno when the rest will not go; 0 with bytes left: later
  };

  virtual ~SinkDevice() = default;
  // Writes what goes without waiting for another process. `lines` are whole lines, or what an earlier call left of them.
  virtual Outcome write(std::string_view lines) = 0;
  // Open what is opened at the first write, so that a fault shows early. errno or 0.
  virtual int prepare() { return 0; }
  // For files that were renamed: open the name again. The old one stays when that fails. errno or 0.
  virtual int reopen() { return 0; }

  // See <sluice/ext/sink.h> for targets. Makes and opens no file yet: a configuration that is only checked, or refused, leaves
  // none behind. The error, for what can be seen to fail, is a sentence that names the target.
  static std::expected<std::unique_ptr<SinkDevice>, std::string> open(std::string_view target);
};

}  // namespace sluice
