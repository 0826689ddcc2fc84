// The C++ layer's ground: the host that the plugin was given, and how texts and verdicts look in C++.
//
// Everything in namespace sluice is hidden in the shared object that includes it: two plugins, or two builds of one, never
// share a symbol of this layer. Do the same for your own: put classes in an unnamed namespace or build with
// -fvisibility=hidden, else the dynamic loader joins their static data across all plugins.
#ifndef SLUICE_CPP_HOST_HPP
#define SLUICE_CPP_HOST_HPP

#include <sluice/abi.h>
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <sluice/hooks.h>

#include <cstddef>
#include <string_view>

#define SLUICE_HIDDEN __attribute__((visibility("hidden")))

namespace sluice SLUICE_HIDDEN {

// What a hook says; a hook that returns void says `proceed`.
enum class Verdict {
  proceed = SLUICE_CONTINUE,
  pause = SLUICE_PAUSE,  // with a Token from Exchange::pause(); coroutines do this by themselves
  respond = SLUICE_RESPOND,
  fail = SLUICE_FAIL,
};

using Status = sluice_status;

namespace detail {

inline const sluice_host* host = nullptr;  // set by the entry
inline const char* plugin_name = "";

inline const sluice_exchange_api& exchange_api() { return *host->exchange; }
inline const sluice_config_api& config_api() { return *host->config; }

inline std::string_view view(const sluice_str& text) { return {text.data, text.size}; }

// A literal's name, without its end.
inline std::size_t length(const char* text) { return std::char_traits<char>::length(text); }

}  // namespace detail

// The ability's table, or null when this host has none by that id.
//   const auto* balance = sluice::ability<sluice_balance_api>(SLUICE_BALANCE);
template <class Api>
const Api* ability(const char* id) {
  return static_cast<const Api*>(detail::host->ability(detail::host, id));
}

}  // namespace sluice SLUICE_HIDDEN

#endif
