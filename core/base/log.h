// The gateway's own log: levelled lines on standard error, in the background, never blocking a worker.
//
// spdlog does the work, behind these few functions so that no other header pulls it in. A full queue drops the oldest lines
// and says how many at the next one that fits. [any-thread]
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace sluice::log {

enum class Level { debug, info, warn, error };

// Start with this threshold; before it lines go straight to standard error. Call once, from main.
void start(Level threshold);
void set_level(Level threshold);
// Write what is queued and stop the thread. After it lines go straight to standard error again.
void stop();
bool enabled(Level level);
// One line, by utf8::append_escaped.
void write(Level level, std::string_view text);
// One line that has been escaped already.
void write_safe(Level level, std::string_view line);
// Version of spdlog, "1.10.0".
std::string library_version();

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::warn)) write(Level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace sluice::log
