// UTF-8 as far as logs need it. Pure functions. [any-thread]
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::utf8 {

// Bytes of the character that `text`, which is not empty, begins with; 0 when they are none (RFC 3629 4).
std::size_t character(std::string_view text);

// Text from strangers for one line of a log: always valid UTF-8 without controls. Backslashes are doubled, a newline becomes \n,
// other controls (C0, DEL, C1) and bytes that are no UTF-8 become \xHH, one for each byte. `quotes`: '"' becomes \" too.
void append_escaped(std::string& out, std::string_view text, bool quotes = false);

}  // namespace sluice::utf8
