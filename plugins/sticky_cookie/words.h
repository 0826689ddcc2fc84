// Reading words, names and durations of the configuration, with what to say when they are wrong. At create time only.
#pragma once

#include <sluice/cpp/problems.hpp>
#include <sluice/plugin.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sticky_cookie {

using sluice::Problems;

inline bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
// RFC 9110 5.6.2: names of cookies and of headers.
bool is_token(std::string_view name);
std::string lower(std::string_view text);
inline std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Index in `words` of what the key says; 0 when it is not given, or says none of them, which is a problem.
std::size_t choice(const sluice::Config& config, std::string_view key,
                   std::span<const std::string_view> words, Problems& problems);
// A duration in whole seconds; less than one is a problem.
std::optional<std::chrono::seconds> seconds(const sluice::Config& config, std::string_view key,
                                            Problems& problems);

}  // namespace sticky_cookie
