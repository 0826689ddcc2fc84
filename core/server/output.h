// What commands print. Nothing here throws: a closed or full output costs text, not the process.
#pragma once

#include <string_view>

namespace sluice {

// Before anything else opens a descriptor: standard streams that are closed become /dev/null, so that no file, socket or
// plugin's copy gets their number and then the lines that are meant for them.
void open_standard_streams();

// To standard output or error, at once. False when not all of it could be written.
bool print_output(std::string_view text);
bool print_error(std::string_view text);

}  // namespace sluice
