// Loading a shared object from a copy of its own, so that the file may be rebuilt or overwritten while the old code runs.
//
// The copy lives in memory (memfd), or, where the system forbids code from there, in an unlinked temporary file. It stays
// for the life of the process, as does what was loaded. SLUICE_PLUGINS_IN_PLACE=1 loads the file itself instead: debuggers,
// perf and sanitizers then find its symbols, and $ORIGIN in its run path works; it must then not be overwritten in use.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace sluice {

// dlopen(RTLD_NOW | RTLD_LOCAL) of these bytes, which were read from `file`. The handle is never closed. The error names
// what the loader said, with `file` for the copy's name, and what to do where that is known. [configuration thread]
std::expected<void*, std::string> load_private(const std::string& file, std::string_view bytes);

}  // namespace sluice
