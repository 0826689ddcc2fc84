// Shares of traffic between upstreams: `upstreams = [{ name = "stable", weight = 90 }, { name = "beta", weight = 10 }]`.
//
// Each request draws at random, or, with `split_by`, by the hash of a header, cookie, query parameter or the client's address:
// the same text then always goes the same way. The position of a text on the scale depends on the route's name and not on the
// weights, so that moving a weight moves only the clients between the old border and the new one.
#pragma once

#include <sluice/cpp/share.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/cpp/share.hpp>
#include "host.h"

#include "request.h"

namespace sluice::router {

// A worker's.
using Random = sluice::SplitMix64;

class Split {
 public:
  // From the route's keys `upstreams` and `split_by`; nothing when it has none, or after reporting what is wrong.
  static std::optional<Split> read(const sluice_create& args, const Node& route, std::string_view name);

  // The upstream's number for routes->upstream_select.
  std::int64_t choose(Request& request, Random& random) const;

 private:
  enum class By : std::uint8_t { chance, header, cookie, query, client };

  struct Share {
    std::uint64_t until = 0;  // shares of the scale of 2^64, up to here; the last one takes what is left
    std::int64_t upstream = -1;
  };

  bool read_shares(const sluice_create& args, const Node& list);
  bool read_by(const Node& node);
  std::optional<std::string_view> text(Request& request) const;

  std::vector<Share> shares_;
  By by_ = By::chance;
  std::string key_;
  std::uint64_t salt_ = 0;
};

}  // namespace sluice::router
