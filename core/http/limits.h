// What a parser accepts at most. Values come from the configuration; defaults are stated there.
#pragma once

#include <cstdint>

namespace sluice {

struct HttpLimits {
  std::uint32_t header_bytes = 32 * 1024;  // request line or status line, and all field lines, as sent
  std::uint32_t header_count = 128;        // field lines, trailers counted apart with the same limit
  std::uint32_t uri_bytes = 8 * 1024;      // request target
  std::uint32_t chunk_ext_bytes = 4096;    // chunk extensions of one message together (they are ignored)
};

}  // namespace sluice
