// The names that a choice adds to the response's Vary (RFC 9110 12.5.5).
//
// Read-only once made; shared by the workers. [any-thread]
#pragma once

#include <sluice/plugin.hpp>

#include <string>
#include <vector>

#include "source.h"

namespace api_version {

class Vary {
 public:
  explicit Vary(const std::vector<Source>& sources);

  // Whether the first `asked` sources add any.
  bool is_needed(std::size_t asked) const { return !by_asked_[asked].empty(); }
  bool is_ever_needed() const { return !names_.empty(); }
  // Adds what the response does not name yet, to one line; "*" stays alone. `buffer` is scratch memory.
  void apply(sluice::Headers response, std::size_t asked, std::string& buffer) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::size_t> counts_;    // of names, by sources asked
  std::vector<std::string> by_asked_;  // those names as one value
};

}  // namespace api_version
