// A message without its protocol: what hooks, routing and the pump see, whatever the version.
//
// A head lives in its exchange, its bytes in the exchange's arena. Framing is a fact about how the body *arrived*; the writer
// always frames anew.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "http/header_map.h"

namespace sluice {

enum class Version : std::uint8_t { http10, http11, http2 };

// How the body's end is known.
enum class Framing : std::uint8_t {
  none,     // no body
  length,   // `content_length` bytes
  chunked,  // self-delimiting; in HTTP/2: END_STREAM without a length
  close,    // until the connection ends (responses only, RFC 9112 6.3)
};

struct MessageHead {
  explicit MessageHead(Arena& arena) : headers(arena), trailers(arena) {}

  Version version = Version::http11;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  // when framing is length
  bool keep_alive = true;            // what the sender wants of its connection
  HeaderMap headers;
  HeaderMap trailers;
};

struct RequestHead : MessageHead {
  using MessageHead::MessageHead;

  std::string_view method;     // "GET", as sent (methods are case-sensitive)
  std::string_view target;     // request target as sent
  std::string_view scheme;     // of an absolute-form target, else empty
  std::string_view authority;  // Host, or the absolute-form's authority (RFC 9112 3.2.2)
  std::string_view raw_path;   // path part of the target as sent; "*" for OPTIONS *; empty for CONNECT
  std::string_view query;      // after '?'; `has_query` tells empty from absent
  bool has_query = false;
  bool expect_continue = false;  // Expect: 100-continue and HTTP/1.1
  std::string_view upgrade;      // Upgrade value when Connection lists it, else empty
  bool is_head() const { return method == "HEAD"; }
  bool is_connect() const { return method == "CONNECT"; }
};

struct ResponseHead : MessageHead {
  using MessageHead::MessageHead;

  int status = 0;           // 100..599 (a parser refuses others)
  std::string_view phrase;  // as sent; the writer makes its own
  bool is_interim() const { return status >= 100 && status < 200 && status != 101; }
};

// ---- events: one variant, both ways ----
// Views in an event are valid until the loop's turn ends.

struct HeadersEvent {};  // the head that on_message_begin handed out is complete
struct DataEvent {
  std::string_view bytes;  // never empty
};
struct TrailersEvent {};  // head.trailers is complete
struct EndEvent {};       // the message is complete
struct AbortEvent {       // it will never be; nothing follows
  Error error;
  bool gone = false;  // from a session: the connection is over too, the stream must not be called again
};
using Event = std::variant<HeadersEvent, DataEvent, TrailersEvent, EndEvent, AbortEvent>;

}  // namespace sluice
