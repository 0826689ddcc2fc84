// The ten hooks as Lua sees them: the function's name in the script's table, and the objects it is given.
#pragma once

#include <sluice/hooks.h>

#include <array>
#include <cstdint>
#include <span>

namespace sluice::lua {

// The objects of an exchange that scripts hold; each kind has its class in lua/sluice.
enum class Kind : std::uint8_t { request, response, upstream_request, group, chunk, connection, fault };
inline constexpr int kKinds = 7;

// Sets of objects as bits; one more stands for the request's ctx alone.
constexpr std::uint32_t kind_bit(Kind kind) { return 1U << static_cast<unsigned>(kind); }
inline constexpr std::uint32_t kCtxBit = 1U << kKinds;
inline constexpr std::uint32_t kAllKinds = kCtxBit - 1;
// And one for the handle that all objects of a Visit hold.
inline constexpr std::uint32_t kHandleBit = kCtxBit << 1U;

struct PhaseInfo {
  const char* name;
  std::uint8_t count;
  std::array<Kind, 3> given;

  constexpr std::span<const Kind> arguments() const { return {given.data(), count}; }
  // The same as bits.
  constexpr std::uint32_t kinds() const {
    std::uint32_t bits = 0;
    for (Kind kind : arguments()) {
      bits |= kind_bit(kind) | (kind == Kind::request ? kCtxBit : 0);
    }
    return bits;
  }
};

// In the order of sluice_phase.
inline constexpr std::array<PhaseInfo, SLUICE_PHASES> kPhases{{
    {"on_connect", 1, {Kind::connection}},
    {"on_request", 1, {Kind::request}},
    {"on_request_body", 2, {Kind::request, Kind::chunk}},
    {"on_route", 1, {Kind::request}},
    {"on_balance", 2, {Kind::request, Kind::group}},
    {"on_upstream_request", 2, {Kind::request, Kind::upstream_request}},
    {"on_response", 2, {Kind::request, Kind::response}},
    {"on_response_body", 3, {Kind::request, Kind::response, Kind::chunk}},
    {"on_error", 3, {Kind::request, Kind::response, Kind::fault}},
    {"on_log", 2, {Kind::request, Kind::response}},
}};

}  // namespace sluice::lua
