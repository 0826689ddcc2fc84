#include "config/value.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace sluice::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, so that formatting takes the first that divides.
constexpr std::array<Unit, 5> kTimes{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 5> kSizes{
    {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}}};

// Far beyond any timeout, and far from overflow in any clock's arithmetic.
constexpr std::uint64_t kLongest = 10'000ull * 86'400'000;

// Splits "250ms" into 250 and "ms".
std::optional<std::pair<std::uint64_t, std::string_view>> split(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  auto [rest, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc{}) return std::nullopt;
  return std::pair{number, std::string_view(rest, static_cast<std::size_t>(end - rest))};
}

template <std::size_t N>
std::optional<std::uint64_t> scaled(std::uint64_t number, std::string_view unit,
                                    const std::array<Unit, N>& units, std::uint64_t most) {
  for (const auto& each : units) {
    if (each.name != unit) continue;
    if (number > most / each.factor) return std::nullopt;
    return number * each.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string shortest(std::uint64_t number, const std::array<Unit, N>& units) {
  for (const auto& each : units)
    if (number % each.factor == 0) return fmt::format("{}{}", number / each.factor, each.name);
  return fmt::format("{}", number);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  auto parts = split(text);
  if (!parts) return std::nullopt;
  if (parts->second.empty() && parts->first == 0) return std::chrono::milliseconds{0};
  auto count = scaled(parts->first, parts->second, kTimes, kLongest);
  if (!count) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*count)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  auto parts = split(text);
  if (!parts) return std::nullopt;
  return scaled(parts->first, parts->second.empty() ? "B" : parts->second, kSizes,
                static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  auto [rest, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::string format_duration(std::chrono::milliseconds duration) {
  if (duration.count() <= 0) return "0s";
  return shortest(static_cast<std::uint64_t>(duration.count()), kTimes);
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  return shortest(bytes, kSizes);
}

}  // namespace sluice::config
