// The host's tables as this plugin uses them: asked for once, in the entry.
//
// Abilities that an older or smaller host lacks are null; what needs them then says so at the script's line.
#pragma once

#include <sluice/abi.h>
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <sluice/ext/balance.h>
#include <sluice/ext/callout.h>
#include <sluice/ext/log.h>
#include <sluice/ext/timer.h>

#include <cstdint>
#include <string_view>

namespace sluice::lua {

struct Host {
  const sluice_host* host = nullptr;
  const sluice_exchange_api* exchange = nullptr;
  const sluice_config_api* config = nullptr;
  const sluice_timer_api* timer = nullptr;
  const sluice_log_api* log = nullptr;
  const sluice_balance_api* balance = nullptr;
  const sluice_callout_api* callout = nullptr;
  std::int32_t slot = -1;  // of a Visit in its exchange
};

// Filled by sluice_plugin_entry, constant afterwards.
extern Host host;

// The bytes of a str; empty for an absent one.
inline std::string_view view(const sluice_str& text) {
  return {text.data, text.data == nullptr ? 0 : text.size};
}

}  // namespace sluice::lua
