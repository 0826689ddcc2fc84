// The part of replay.h that checks with Catch2.
#include <catch2/catch_test_macros.hpp>

#include "replay.h"

namespace sluice::test {

std::string events(std::string_view bytes, const Replay& replay) {
  const auto whole = transcript(bytes, replay, [](std::size_t left) { return left; });
  const auto single = transcript(bytes, replay, [](std::size_t) { return 1; });
  CHECK(single == whole);
  for (std::size_t offset = 1; offset < bytes.size(); ++offset) {
    bool is_first = true;
    const auto two = transcript(
        bytes, replay, [&](std::size_t left) { return std::exchange(is_first, false) ? offset : left; });
    if (two != whole) {
      INFO("cut at offset " << offset);
      CHECK(two == whole);
    }
  }
  return whole;
}

std::string abort_of(std::string_view bytes, const Replay& replay) {
  const auto text = events(bytes, replay);
  const auto at = text.rfind("abort ");
  if (at == text.npos) return "";
  return text.substr(at + 6, text.size() - at - 7);
}

}  // namespace sluice::test
