// Whether something of the request is as a route asks: yes, no, or not known, because an expression gave up on it.
//
// Not known is never taken for one of the others: a route that denies would be passed by, or one that lets in entered, with a
// text made for it. Where it would decide, the request fails.
#pragma once

#include <cstdint>

namespace sluice::router {

enum class Truth : std::uint8_t { no, yes, unknown };

constexpr Truth truth(bool holds) { return holds ? Truth::yes : Truth::no; }
constexpr Truth operator!(Truth given) { return given == Truth::unknown ? given : truth(given == Truth::no); }

}  // namespace sluice::router
