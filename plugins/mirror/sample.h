// Which requests are copied: a share of all by chance, or of what a header, cookie or address hashes to.
//
// A text's position on the scale is the same in every process and does not depend on the share, so that a larger share keeps those
// that were copied before.
#pragma once

#include <sluice/cpp/share.hpp>
#include <sluice/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mirror {

// A worker's.
using Random = sluice::SplitMix64;

class Sample {
 public:
  // From the keys `sample` ("1%", "0.5%", or a number from 0 to 1) and `sample_by`. Throws sluice::ConfigError.
  Sample(sluice::Config share, sluice::Config by);

  bool none() const { return share_ == 0; }
  bool takes(sluice::Exchange ex, Random& random) const;

 private:
  enum class By : std::uint8_t { chance, header, cookie, client };
  void read_by(sluice::Config by);
  std::optional<std::string_view> text(sluice::Exchange ex) const;

  double share_;
  By by_ = By::chance;
  std::string name_;
};

}  // namespace mirror
