// A route's changes to headers: remove, then set, then add. Immutable after reading; shared by the workers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host.h"

namespace sluice::router {

class HeaderEdits {
 public:
  // From a table { set = { NAME = "value" }, add = { NAME = "value" }, remove = ["NAME"] }. Reports what is wrong.
  static HeaderEdits read(const Node& table, sluice_map map);

  bool empty() const { return set_.empty() && add_.empty() && remove_.empty(); }
  // False when the host refused a change: then what the others meant to keep out may be there still.
  bool apply(sluice_exchange* ex, sluice_map map) const;

 private:
  using Lines = std::vector<std::pair<std::string, std::string>>;

  // `several`: a list of values gives a line each.
  static Lines read_lines(const Node& table, sluice_map map, bool several);

  Lines set_;
  Lines add_;
  std::vector<std::string> remove_;
};

}  // namespace sluice::router
