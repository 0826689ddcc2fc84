// Durations and sizes as people write them in a configuration.
//
// One number and one unit, no spaces, no fractions: "250ms", "5s", "2m", "1h", "1d"; "512", "64KiB", "10MiB". The same
// functions serve the gateway's own keys, plugins' keys and the `sluice_config_api`. Pure functions. [any-thread]
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

// Milliseconds, 0 .. 10,000 days. Units ms, s, m, h, d; a bare "0" needs none. Nothing for any other text.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Bytes. Units B, KiB, MiB, GiB, TiB (powers of 1024); without a unit: bytes. Nothing for any other text or overflow.
std::optional<std::uint64_t> parse_size(std::string_view text);

// Decimal digits with an optional minus; nothing for any other text or overflow.
std::optional<std::int64_t> parse_int(std::string_view text);

// The shortest exact text, which parses to the same value: 90s is "90s", 120s is "2m".
std::string format_duration(std::chrono::milliseconds duration);
std::string format_size(std::uint64_t bytes);

}  // namespace sluice::config
