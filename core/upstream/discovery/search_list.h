// The search list of resolv.conf(5), read here because c-ares 1.34 does not give it out, and an error must name what was asked.
// Pure functions but for the reading. [any-thread]
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sluice {

struct SearchList {
  std::vector<std::string>
      domains;  // of the last "search" or "domain" line; LOCALDOMAIN in the environment comes before it
  std::size_t ndots = 1;  // "options ndots:n", at most 15

  // A file that cannot be read has no list. The host's own domain is not taken for one.
  static SearchList read(const std::string& resolv_conf);
  // The names to ask for `name`, in order: just itself if it ends with a dot.
  std::vector<std::string> candidates(const std::string& name) const;
};

}  // namespace sluice
