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

struct PhaseInfo {
  const char* name;
  std::uint8_t count;
  std::array<Kind, 3> given;

  std::span<const Kind> arguments() const { return {given.data(), count}; }
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
