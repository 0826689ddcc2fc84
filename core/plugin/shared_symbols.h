// Symbols that the dynamic loader would join across plugins, whatever RTLD_LOCAL says (STB_GNU_UNIQUE).
//
// g++ gives that binding to the static data of inline functions, templates and classes with default visibility. Two plugins
// with a class of the same name, or the old and the new build of one, then share that data without meaning to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Names of such symbols that the object defines, but for the C++ library's own; as in the symbol table (mangled). Empty for
// what is no 64-bit little-endian ELF. Reads within `object` only.
std::vector<std::string> shared_symbols(std::string_view object);

}  // namespace sluice
