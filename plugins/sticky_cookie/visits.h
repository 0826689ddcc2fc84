// What the uses of this plugin know of an exchange, kept in its slot from on_balance to the response.
//
// A visit is in a list, since several uses may meet on one exchange. Visits come from and return to a store of the thread's own:
// the steady state allocates nothing. [worker's thread]
#pragma once

#include <sluice/plugin.hpp>

#include <cstdint>
#include <string_view>

#include "key_ring.h"

namespace sticky_cookie {

struct Visit {
  const void* use = nullptr;  // whose visit it is
  std::string_view name;      // of the cookie or header; the use's own text
  bool has_pin = false;       // the client brought a token that counts
  bool is_newest_key = false;
  bool is_lent = false;  // served elsewhere this once, the token stays
  Pin pin;
  Visit* next = nullptr;
};

class Visits {
 public:
  // At create time. Throws std::runtime_error when all slots of the process are taken.
  Visits();

  // Newest first.
  Visit* of(sluice::Exchange ex) const;
  Visit* of(sluice::Exchange ex, const void* use) const;
  // Whether another use has to do with the cookie or header of this name.
  bool is_taken(sluice::Exchange ex, const void* use, std::string_view name) const;
  Visit& add(sluice::Exchange ex, const void* use, std::string_view name) const;

 private:
  std::int32_t slot_;
};

}  // namespace sticky_cookie
