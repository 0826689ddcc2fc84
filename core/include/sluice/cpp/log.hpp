// Lines in the gateway's log, marked with the plugin's name. Never blocks. [any-thread]
#ifndef SLUICE_CPP_LOG_HPP
#define SLUICE_CPP_LOG_HPP

#include <sluice/ext/log.h>
#include <sluice/cpp/exchange.hpp>

#include <string_view>

namespace sluice SLUICE_HIDDEN {

inline void log(sluice_log_level level, std::string_view text) {
  if (const auto* api = ability<sluice_log_api>(SLUICE_LOG))
    api->write(level, nullptr, detail::plugin_name, text.data(), text.size());
}
// With the exchange's id, route and hook. [worker's thread]
inline void log(sluice_log_level level, Exchange ex, std::string_view text) {
  if (const auto* api = ability<sluice_log_api>(SLUICE_LOG))
    api->write(level, ex.raw(), detail::plugin_name, text.data(), text.size());
}

}  // namespace sluice SLUICE_HIDDEN

#endif
