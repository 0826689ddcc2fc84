// What a line can say: the vocabulary of field names, and how each is read from an exchange.
//
// A field is found once, when the configuration is read, and then read for every request without looking at its name.
#pragma once

#include <sluice/cpp/exchange.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stamp.h"

namespace access_log {

struct Field {
  enum class Kind : std::uint8_t {
    text,             // a sluice_field
    number,           // a sluice_number
    millis,           // a sluice_number of microseconds, as milliseconds with three decimals
    flag,             // a sluice_number that is 0 or 1
    time,             // when the request began, RFC 3339
    time_clf,         // likewise, as in the common log format
    time_unix,        // likewise, seconds since 1970
    request_header,   // `name`
    response_header,  // `name`
    note,             // `name`
    notes,            // all of them
  };
  Kind kind = Kind::text;
  int which = 0;      // the sluice_field or sluice_number
  std::string name;   // of a header or note
  std::string label;  // key in JSON when none is given

  // The field of that name ("status", "request_header.Referer", "note.api.version"), or nothing.
  static std::optional<Field> find(std::string_view name);
  // All names without a dot, for "did you mean" and the README.
  static std::vector<std::string_view> names();

  // Append the value; false, with nothing appended, when there is none. `json` chooses the form of texts and notes.
  bool append(std::string& out, sluice::Exchange ex, Stamp& stamp, bool json) const;
};

}  // namespace access_log
