// HTTP/1.0 and 1.1 parser on llhttp: strict, with what llhttp leaves open refused here.
//
// Sits between a session (bytes) and its stream (events). Refused with the stated code, the message then ends in Abort and the
// session answers and closes:
//   - HTTP/0.9 and any version but 1.0 and 1.1 (505 for "HTTP/2.0" and above, else 400)
//   - bare LF or CR as a line end, obs-fold, whitespace before a colon, control bytes (RFC 9112 2.2, 5.1, 5.2)
//   - Content-Length with Transfer-Encoding; repeated, empty, signed, listed or overlong Content-Length (RFC 9112 6.3)
//   - Transfer-Encoding in HTTP/1.0; any value but exactly "chunked", once (501 for another coding that ends in chunked,
//     else 400)
//   - Host missing or repeated in HTTP/1.1, or with bytes that no authority has (RFC 9112 3.2); userinfo in it
//   - a target in none of the four forms of RFC 9112 3.2; CONNECT without authority-form; fragment in a target
//   - limits of HttpLimits: 414 (target), 431 (bytes, count; also trailers), 400 (chunk extensions)
// For Role::client the same faults are upstream_protocol or upstream_headers_too_large; framing by RFC 9112 6.3: HEAD, 1xx,
// 204 and 304 have no body.
//
// Memory: an llhttp_t and a few words; nothing of a message is held but through the head's arena.
#pragma once

#include <llhttp.h>

#include "http/codec.h"

namespace sluice::h1 {

class H1Codec final : public Codec {
 public:
  // `limits` and `sink` outlive the codec.
  H1Codec(Role role, const HttpLimits& limits, CodecSink& sink);

  std::size_t parse(std::string_view bytes) override;
  void pause() override;
  void on_eof() override;
  void expect_response_to(std::string_view method) override;
  bool between_messages() const override;
};

}  // namespace sluice::h1
