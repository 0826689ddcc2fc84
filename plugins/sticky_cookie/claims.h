// Which upstream's sessions a cookie is for: two upstreams of one snapshot whose cookies the browser cannot tell apart (same name,
// path and domain) would overwrite each other's, so the second is refused. At create time and destroy only. [configuration thread]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sticky_cookie {

struct Claim {
  std::string name;
  std::string path;
  std::string domain;
  std::string place;  // "upstream app"

  bool is_same_cookie(const Claim& other) const {
    return name == other.name && path == other.path && domain == other.domain;
  }
};

// Holds a claim for as long as the use lives.
class HeldClaim {
 public:
  HeldClaim() = default;
  // `other` gets the place that has the cookie already; then nothing is held.
  HeldClaim(std::uint64_t snapshot, Claim claim, std::optional<std::string>& other);
  ~HeldClaim();
  HeldClaim(const HeldClaim&) = delete;
  HeldClaim& operator=(const HeldClaim&) = delete;
  HeldClaim(HeldClaim&& other) noexcept : number_(other.number_) { other.number_ = 0; }
  HeldClaim& operator=(HeldClaim&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

 private:
  std::uint64_t number_ = 0;  // 0: none
};

}  // namespace sticky_cookie
