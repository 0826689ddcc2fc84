// The TOML reader: any bytes give a Config or problems, and a Config's text forms parse again.
//
// Seeds: tests/golden/config (`build/fuzz/fuzz_config CORPUS tests/golden/config`).
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config.h"
#include "config/value.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const sluice::config::Config& config) {
  using namespace sluice::config;
  require(!config.listeners.empty() && config.workers > 0);
  for (const auto& each : config.listeners) {
    auto again = parse_listen_address(each.address.text());
    require(again && *again == each.address);
    require(parse_duration(format_duration(each.timeouts.total)) == each.timeouts.total);
    require(parse_size(format_size(each.limits.body_bytes)) == each.limits.body_bytes);
  }
  for (const auto& each : config.upstreams)
    for (const auto& endpoint : each.endpoints) {
      auto again = parse_endpoint_address(endpoint.address.text());
      require(again && *again == endpoint.address);
    }
  for (const auto& each : config.routes)
    if (each.upstream_index) require(*each.upstream_index < config.upstreams.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto loaded = sluice::config::load_text(text, "fuzz.toml");
  if (!loaded) {
    require(!loaded.error().empty());
    (void)loaded.error().text();
    return 0;
  }
  check(**loaded);
  auto again = sluice::config::load_text(text, "fuzz.toml");
  require(again && (*again)->fingerprint == (*loaded)->fingerprint);
  return 0;
}
