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
//   - more than 4 empty lines before a request line (RFC 9112 2.2); any before a status line
//   - Expect other than 100-continue (417); CONNECT with a body; framing fields in trailers
// For Role::client the same faults are upstream_protocol or upstream_headers_too_large; framing by RFC 9112 6.3: HEAD, 1xx,
// 204, 304 and 2xx to CONNECT have no body. (content_length of a response to HEAD or of a 304 still tells its field.)
//
// How: bytes of a head or of trailers are copied into the head's arena line by line; only whole lines are judged, so that
// it never matters how the bytes were cut up. llhttp validates them; start lines, line ends and framing are judged here as
// well (head_rules.h), where llhttp is lenient or has no opinion. Bodies pass without a copy.
//
//         first byte          empty line           counted, or last chunk        (trailers')
//   idle ------------> head ------------> body ... ---------------------> [trailers] ------> complete --End--> idle
//     ^                 |  1xx: awaiting, then head again                                       |
//     |                 +-- no body -----------------------------------------------------------+
//   any fault or early end of input: Abort, then `failed` for good
//
// After pause() call parse() again to go on, with no bytes when there are none: an End may be due. Events are delivered from
// parse() and on_eof() only, never from inside llhttp; the sink must not destroy the codec or call parse() in one.
//
// Memory: an llhttp_t and a few words; nothing of a message is held but through the head's arena.
#pragma once

#include <llhttp.h>

#include <cstdint>

#include "http/codec.h"
#include "http/h1/head_rules.h"

namespace sluice::h1 {

class H1Codec final : public Codec {
 public:
  // `limits` and `sink` outlive the codec.
  H1Codec(Role role, const HttpLimits& limits, CodecSink& sink);
  H1Codec(const H1Codec&) = delete;
  H1Codec& operator=(const H1Codec&) = delete;

  std::size_t parse(std::string_view bytes) override;
  void pause() override;
  void on_eof() override;
  void expect_response_to(std::string_view method) override;
  bool between_messages() const override;
  // All bytes of a message have come; its End is still to be delivered.
  bool at_end() const { return state_ == State::complete; }

 private:
  enum class State : std::uint8_t {
    idle,        // between messages
    awaiting,    // an interim response is through, the final one has not begun
    head,        // lines of a head
    body,        // `remaining_` bytes
    body_close,  // all bytes until the end of input
    chunk_line,  // size and extensions of a chunk
    chunk,       // `remaining_` bytes of a chunk
    chunk_end,   // the CRLF after them
    trailers,    // lines of trailers
    complete,    // only End is due
    failed,
  };
  struct Lines;
  struct Callbacks;

  // Each takes some of `bytes` (not empty), says how many, and may move on to another state.
  std::size_t step(std::string_view bytes);
  std::size_t take_empty_line(std::string_view bytes);
  std::size_t take_lines(std::string_view bytes);
  std::size_t take_body(std::string_view bytes);
  std::size_t take_chunk_line(std::string_view bytes);
  std::size_t take_chunk_end(std::string_view bytes);

  void begin();
  Lines scan_lines(std::string_view bytes) const;
  Fault judge_length(std::size_t line, std::size_t total) const;
  void keep_line(std::string_view bytes);
  bool accept_lines(std::string_view lines);
  Fault take_first_line(std::string_view lines);
  Fault judge_head();
  bool run_llhttp(std::string_view bytes);
  void on_head_complete();
  void end();
  void fail(Fault fault);

  RequestHead& request() { return static_cast<RequestHead&>(*head_); }
  ResponseHead& response() { return static_cast<ResponseHead&>(*head_); }

  const HttpLimits& limits_;
  CodecSink& sink_;
  MessageHead* head_ = nullptr;  // of the message being parsed
  llhttp_t llhttp_;
  char* line_ = nullptr;             // an unfinished line, in the head's arena
  std::uint32_t line_bytes_ = 0;     // of it; of a chunk's line and end only the count
  std::uint32_t section_bytes_ = 0;  // finished lines of this head or these trailers
  std::uint32_t extension_bytes_ = 0;
  Seen seen_ = 0;
  std::uint64_t remaining_ = 0;
  std::string_view name_;  // of the field line that llhttp is in
  Fault fault_;            // found inside a callback
  const Role role_;
  State state_ = State::idle;
  Answers answers_ = Answers::other;
  std::uint8_t empty_lines_ = 0;
  std::uint16_t interims_ = 0;
  bool has_cr_ = false;     // the first byte of an empty line has come
  bool is_judged_ = false;  // llhttp has seen the end of the head
  bool is_paused_ = false;
};

}  // namespace sluice::h1
