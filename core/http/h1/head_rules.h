// What a head must be to be accepted, beyond its syntax: start lines, targets, Host, framing, Connection, Expect.
//
// Pure functions that fill a head and say what is wrong with it. The codec calls them: a start line when its line is
// complete, the judges when all field lines are in `head.headers`. Codes are those of a request; the codec turns them
// into the upstream's for Role::client.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace sluice::h1 {

struct Fault {
  ErrorCode code = ErrorCode::none;
  const char* detail = "";  // for the log; static text

  explicit operator bool() const { return code != ErrorCode::none; }
};

// One bit for each HeaderId: which names a head has.
using Seen = std::uint32_t;
constexpr Seen seen_bit(HeaderId id) { return Seen{1} << static_cast<unsigned>(id); }

// "GET /path HTTP/1.1" without its CRLF (RFC 9112 3). Sets version, method, target, scheme, authority (of an absolute-form
// or authority-form target), raw_path, query. Views are into `line`. Which methods exist is not judged here.
Fault take_request_line(std::string_view line, std::uint32_t uri_bytes, RequestHead& head);

// "HTTP/1.1 200 OK" without its CRLF (RFC 9112 4). Sets version, status, phrase.
Fault take_status_line(std::string_view line, ResponseHead& head);

// Sets framing, content_length, keep_alive, authority, expect_continue, upgrade.
Fault judge_request(RequestHead& head, Seen seen);

// What a response answers, as far as its framing depends on it (RFC 9112 6.3).
enum class Answers : std::uint8_t { other, head, connect };

// Sets framing, content_length, keep_alive. A response without body to HEAD, or with 304, still gets the content_length
// its field says.
Fault judge_response(ResponseHead& head, Seen seen, Answers answers);

}  // namespace sluice::h1
