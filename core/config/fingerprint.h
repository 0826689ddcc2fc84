// 128 bits that tell two contents apart (FNV-1a, 128 bits wide). Not against an adversary: both contents are the operator's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::config {

struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  bool operator==(const Fingerprint&) const = default;
  std::string text() const;  // 32 hex digits
};

Fingerprint fingerprint(std::string_view content);

}  // namespace sluice::config

template <>
struct std::hash<sluice::config::Fingerprint> {
  std::size_t operator()(const sluice::config::Fingerprint& value) const { return value.low; }
};
