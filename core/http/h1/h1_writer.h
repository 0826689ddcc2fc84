// Writes HTTP/1.1 messages: always framed anew, hop-by-hop fields its own.
//
// Pure functions from a head to bytes in an arena; sessions put them in front of body views and send all in one write.
// Connection, Keep-Alive, Transfer-Encoding, Content-Length, Upgrade and Trailer lines in the map are skipped: the writer
// writes what `WriteFraming` and the flags say. (TE, Proxy-Connection and what Connection named were removed before.)
#pragma once

#include <string_view>

#include "base/arena.h"
#include "http/message.h"

namespace sluice::h1 {

struct WriteFraming {
  Framing framing = Framing::none;   // none, length or chunked; close: no framing line (HTTP/1.0 clients)
  std::uint64_t content_length = 0;  // for length
  bool write_length_zero =
      false;               // framing none, but say "Content-Length: 0" (responses with an empty body, POST)
  bool keep_alive = true;  // false writes "Connection: close"
  bool keep_alive_http10 = false;  // to an HTTP/1.0 client: write "Connection: keep-alive"
  std::string_view upgrade;        // not empty: "Connection: upgrade" and this "Upgrade"
};

// "GET /path HTTP/1.1\r\n...\r\n\r\n" in `arena`. `target` is origin-form (or "*", or authority for CONNECT). A Host line is
// written first, from `authority`; any in the map is skipped.
std::string_view write_request_head(Arena& arena, std::string_view method, std::string_view target,
                                    std::string_view authority, const HeaderMap& headers,
                                    const WriteFraming& framing);
// Status line with the usual phrase of `status`, then the fields. `http10`: the status line still says HTTP/1.1
// (RFC 9110 2.5), but no chunked framing may be asked for. For a HEAD or 304 response, framing length with the length the
// GET would have.
std::string_view write_response_head(Arena& arena, int status, const HeaderMap& headers,
                                     const WriteFraming& framing);
// The size line before a chunk of `size` (> 0) bytes: "1f\r\n". The chunk's own CRLF is kChunkEnd.
std::string_view write_chunk_size(Arena& arena, std::size_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
// "0\r\nName: value\r\n\r\n". Fields that frame, route or authorise are left out (RFC 9110 6.5.1).
std::string_view write_trailers(Arena& arena, const HeaderMap& trailers);
// Usual phrase of a status ("Not Found"); "Unknown" for others.
std::string_view phrase_of(int status);

}  // namespace sluice::h1
