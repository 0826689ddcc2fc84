// Text from strangers, made safe for one line of a log. Pure functions that append to a string and allocate only when that
// has to grow.
#pragma once

#include <string>
#include <string_view>

namespace access_log {

// As a JSON string with its quotes (RFC 8259 7); controls, DEL and C1 among them, escaped. Bytes that are no UTF-8 (RFC 3629)
// become U+FFFD, one for each.
void append_json(std::string& out, std::string_view text);

// For quoted fields of text formats: '"', '\', controls (C0, DEL, C1) and bytes that are no UTF-8 as \xHH, one for each byte.
void append_text(std::string& out, std::string_view text);

}  // namespace access_log
