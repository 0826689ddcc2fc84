// What the uses of this plugin have decided on an exchange, kept in its slot until the response.
//
// A mark is in a list, since several uses may meet on one exchange. Marks come from and return to a store of the thread's own:
// the steady state allocates nothing. [worker's thread]
#pragma once

#include <sluice/plugin.hpp>

#include <cstdint>

#include "catalogue.h"

namespace api_version {

struct Mark {
  const void* use = nullptr;         // whose decision it is
  const Version* version = nullptr;  // null: none was chosen
  std::uint8_t sources_asked = 0;
  Mark* next = nullptr;
};

class Marks {
 public:
  // At create time. Throws std::runtime_error when all slots of the process are taken.
  Marks();

  // Newest first.
  Mark* of(sluice::Exchange ex) const;
  void add(sluice::Exchange ex, const void* use, const Version* version, std::uint8_t sources_asked) const;
  // Whether some use has chosen a version.
  bool has_version(sluice::Exchange ex) const;

 private:
  std::int32_t slot_;
};

}  // namespace api_version
