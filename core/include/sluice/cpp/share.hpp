// Shares of traffic: random numbers, and hashes of text that are the same in every process, so that a user stays on one side.
// Not for secrets.
#ifndef SLUICE_CPP_SHARE_HPP
#define SLUICE_CPP_SHARE_HPP

#include <sluice/cpp/host.hpp>

#include <cstdint>
#include <string_view>

namespace sluice SLUICE_HIDDEN {
namespace detail {

// The finisher of splitmix64: each bit of the result depends on each of `x`.
inline std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

}  // namespace detail

// Random numbers for one thread; every seed will do.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return detail::scramble(state_ += 0x9e3779b97f4a7c15); }

 private:
  std::uint64_t state_;
};

// FNV-1a, then scrambled, since its high bits alone are poor. Another `salt`, another order.
inline std::uint64_t hash_text(std::string_view text, std::uint64_t salt = 0) {
  std::uint64_t out = 0xcbf29ce484222325 ^ salt;
  for (unsigned char c : text)
    out = (out ^ c) * 0x100000001b3;
  return detail::scramble(out);
}

}  // namespace sluice SLUICE_HIDDEN

#endif
