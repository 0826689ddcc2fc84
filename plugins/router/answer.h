// Whether something of the request is as a route asks: yes, no, or not known, because an expression gave up on it.
//
// Not known is never taken for one of the others: a route that denies would be passed by, or one that lets in entered, with a
// text made for it. Where it would decide, the request fails.
#pragma once

#include <cstdint>

namespace sluice::router {

enum class Answer : std::uint8_t { no, yes, unknown };

constexpr Answer answer(bool holds) { return holds ? Answer::yes : Answer::no; }
constexpr Answer operator!(Answer given) {
  return given == Answer::unknown ? given : answer(given == Answer::no);
}

}  // namespace sluice::router
