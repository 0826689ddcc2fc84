#include "http/h1/h1_writer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>
#include <initializer_list>

#include "base/ascii.h"

namespace sluice::h1 {
namespace {

using enum HeaderId;

// Lines that the writer makes itself, or that belong to the connection a message came by (RFC 9110 7.6.1).
constexpr HeaderIds kOwn{connection, keep_alive, transfer_encoding, content_length, upgrade, trailer};

// Not in trailers: framing, routing, request modifiers, authentication, response control, and how to process the content
// (RFC 9110 6.5.1). First those with an id, then by name.
constexpr HeaderIds kNotInTrailers =
    kOwn | HeaderIds({authorization, content_type, cookie, date, expect, forwarded, host, http2_settings,
                      location, proxy_authenticate, proxy_authorization, proxy_connection, retry_after,
                      set_cookie, te, via, x_forwarded_for, x_forwarded_host, x_forwarded_proto});
constexpr std::array<std::string_view, 18> kNamesNotInTrailers = {"age",
                                                                  "cache-control",
                                                                  "content-encoding",
                                                                  "content-range",
                                                                  "expires",
                                                                  "if-match",
                                                                  "if-range",
                                                                  "if-modified-since",
                                                                  "if-none-match",
                                                                  "if-unmodified-since",
                                                                  "max-forwards",
                                                                  "pragma",
                                                                  "range",
                                                                  "authentication-info",
                                                                  "vary",
                                                                  "warning",
                                                                  "www-authenticate",
                                                                  "proxy-authentication-info"};

bool is_in_trailers(const Field& field) {
  if (field.id != other) return !kNotInTrailers.has(field.id);
  return std::none_of(kNamesNotInTrailers.begin(), kNamesNotInTrailers.end(),
                      [&](std::string_view name) { return ascii::iequals(name, field.name); });
}

// Text of a number without allocation.
struct Digits {
  explicit Digits(std::uint64_t number, int base = 10) {
    size = static_cast<std::size_t>(std::to_chars(text, text + sizeof text, number, base).ptr - text);
  }
  std::string_view view() const { return {text, size}; }
  char text[20];  // 2^64 - 1 has 20 digits
  std::size_t size;
};

// Bytes of known total size, filled from the front.
class Block {
 public:
  Block(Arena& arena, std::size_t size)
      : begin_(static_cast<char*>(arena.allocate(size, 1))), at_(begin_), size_(size) {}
  void put(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  std::string_view done() const {
    assert(at_ == begin_ + size_);
    return {begin_, size_};
  }

 private:
  char* begin_;
  char* at_;
  std::size_t size_;
};

// The lines that say how the message ends and what becomes of the connection, as up to five pieces.
struct FramingLines {
  explicit FramingLines(const WriteFraming& framing)
      : number(framing.framing == Framing::length ? framing.content_length : 0) {
    if (framing.framing == Framing::chunked) {
      add("Transfer-Encoding: chunked\r\n");
    } else if (framing.framing == Framing::length ||
               (framing.framing == Framing::none && framing.write_length_zero)) {
      add("Content-Length: ");
      add(number.view());
      add("\r\n");
    }
    if (!framing.upgrade.empty()) {
      add(framing.keep_alive ? "Connection: upgrade\r\nUpgrade: "
                             : "Connection: upgrade, close\r\nUpgrade: ");
      add(framing.upgrade);
      add("\r\n");
    } else if (!framing.keep_alive) {
      add("Connection: close\r\n");
    } else if (framing.keep_alive_http10) {
      add("Connection: keep-alive\r\n");
    }
  }
  FramingLines(const FramingLines&) = delete;
  FramingLines& operator=(const FramingLines&) = delete;

  void add(std::string_view piece) {
    pieces[count++] = piece;
    size += piece.size();
  }
  void put(Block& block) const {
    for (std::size_t i = 0; i < count; ++i)
      block.put(pieces[i]);
  }

  Digits number;
  std::array<std::string_view, 6> pieces;
  std::size_t count = 0;
  std::size_t size = 0;
};

std::size_t size_of(const HeaderMap& headers, HeaderIds skipped) {
  std::size_t size = 0;
  for (const Field& field : headers.fields()) {
    if (!skipped.has(field.id)) size += field.name.size() + field.value.size() + 4;
  }
  return size;
}

void put_field(Block& block, const Field& field) {
  block.put(field.name);
  block.put(": ");
  block.put(field.value);
  block.put("\r\n");
}

void put_fields(Block& block, const HeaderMap& headers, HeaderIds skipped) {
  for (const Field& field : headers.fields()) {
    if (!skipped.has(field.id)) put_field(block, field);
  }
}

constexpr std::string_view kVersion = " HTTP/1.1\r\n";
constexpr std::string_view kHost = "Host: ";
constexpr std::string_view kEnd = "\r\n";

}  // namespace

std::string_view write_request_head(Arena& arena, std::string_view method, std::string_view target,
                                    std::string_view authority, const HeaderMap& headers,
                                    const WriteFraming& framing) {
  constexpr HeaderIds kSkipped = kOwn | HeaderIds{host};
  const FramingLines lines(framing);
  Block block(arena, method.size() + 1 + target.size() + kVersion.size() + kHost.size() + authority.size() +
                         kEnd.size() + size_of(headers, kSkipped) + lines.size + kEnd.size());
  block.put(method);
  block.put(" ");
  block.put(target);
  block.put(kVersion);
  block.put(kHost);
  block.put(authority);
  block.put(kEnd);
  put_fields(block, headers, kSkipped);
  lines.put(block);
  block.put(kEnd);
  return block.done();
}

std::string_view write_response_head(Arena& arena, int status, const HeaderMap& headers,
                                     const WriteFraming& framing) {
  assert(status >= 100 && status <= 599);
  constexpr std::string_view kStart = "HTTP/1.1 ";
  const Digits code(static_cast<std::uint64_t>(status));
  const std::string_view phrase = phrase_of(status);
  const FramingLines lines(framing);
  Block block(arena, kStart.size() + code.size + 1 + phrase.size() + kEnd.size() + size_of(headers, kOwn) +
                         lines.size + kEnd.size());
  block.put(kStart);
  block.put(code.view());
  block.put(" ");
  block.put(phrase);
  block.put(kEnd);
  put_fields(block, headers, kOwn);
  lines.put(block);
  block.put(kEnd);
  return block.done();
}

std::string_view write_chunk_size(Arena& arena, std::size_t size) {
  assert(size > 0);  // a chunk of 0 bytes would end the message (RFC 9112 7.1)
  const Digits digits(size, 16);
  Block block(arena, digits.size + kEnd.size());
  block.put(digits.view());
  block.put(kEnd);
  return block.done();
}

std::string_view write_trailers(Arena& arena, const HeaderMap& trailers) {
  constexpr std::string_view kLast = "0\r\n";
  std::size_t size = kLast.size() + kEnd.size();
  for (const Field& field : trailers.fields()) {
    if (is_in_trailers(field)) size += field.name.size() + field.value.size() + 4;
  }
  Block block(arena, size);
  block.put(kLast);
  for (const Field& field : trailers.fields()) {
    if (is_in_trailers(field)) put_field(block, field);
  }
  block.put(kEnd);
  return block.done();
}

// From the IANA registry of status codes.
std::string_view phrase_of(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 102: return "Processing";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 208: return "Already Reported";
    case 226: return "IM Used";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 305: return "Use Proxy";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 506: return "Variant Also Negotiates";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 510: return "Not Extended";
    case 511: return "Network Authentication Required";
    default: return "Unknown";
  }
}

}  // namespace sluice::h1
