#include "http/h1/head_rules.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/ascii.h"
#include "http/authority.h"

namespace sluice::h1 {
namespace {

constexpr Fault kNoFault{};
constexpr Fault bad(const char* detail) { return {ErrorCode::bad_request, detail}; }

// "HTTP/" DIGIT "." DIGIT (RFC 9112 2.3).
Fault take_version(std::string_view text, Version& version) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !ascii::is_digit(text[5]) || text[6] != '.' ||
      !ascii::is_digit(text[7])) {
    return bad("malformed HTTP version");
  }
  if (text[5] >= '2') return {ErrorCode::version_unsupported, "HTTP version 2.0 or above"};
  if (text[5] != '1' || text[7] > '1') return bad("HTTP version other than 1.0 and 1.1");
  version = text[7] == '1' ? Version::http11 : Version::http10;
  return kNoFault;
}

// Path and query of an origin-form, or of what follows an absolute-form's authority.
void split_path(std::string_view text, RequestHead& head) {
  const auto mark = text.find('?');
  head.raw_path = text.substr(0, mark);
  head.has_query = mark != text.npos;
  if (head.has_query) head.query = text.substr(mark + 1);
}

// "http://host:port/path?query" (RFC 9112 3.2.2).
Fault take_absolute_form(RequestHead& head) {
  const auto colon = head.target.find("://");
  if (colon == head.target.npos) return bad("target in none of the four forms");
  head.scheme = head.target.substr(0, colon);
  if (!ascii::iequals(head.scheme, "http") && !ascii::iequals(head.scheme, "https")) {
    return bad("target with a scheme other than http and https");
  }
  const auto after = head.target.substr(colon + 3);
  const auto end = std::min(after.find_first_of("/?"), after.size());
  head.authority = after.substr(0, end);
  if (!parse_authority(head.authority)) return {ErrorCode::bad_host, "target with a malformed authority"};
  split_path(after.substr(end), head);
  if (head.raw_path.empty()) head.raw_path = head.method == "OPTIONS" && !head.has_query ? "*" : "/";
  return kNoFault;
}

Fault take_target(RequestHead& head) {
  const auto is_visible = [](char c) {
    return c > ' ' && c < 127 && c != '#';
  };
  if (!std::all_of(head.target.begin(), head.target.end(), is_visible)) {
    return bad("target with a fragment, a control byte or a byte outside ASCII");
  }
  if (head.is_connect()) {
    const auto authority = parse_authority(head.target);
    if (!authority || !authority->port) return bad("CONNECT without host and port");
    head.authority = head.target;
    return kNoFault;
  }
  if (head.target.front() == '/') {
    split_path(head.target, head);
    return kNoFault;
  }
  if (head.target == "*" && head.method == "OPTIONS") {
    head.raw_path = head.target;
    return kNoFault;
  }
  return take_absolute_form(head);
}

// The one Host of a request (RFC 9112 3.2); an absolute-form target has more say (3.2.2).
Fault judge_host(RequestHead& head, Seen seen) {
  if (!(seen & seen_bit(HeaderId::host))) {
    if (head.version == Version::http11) return {ErrorCode::bad_host, "no Host"};
    return kNoFault;
  }
  const auto host = head.headers.get(HeaderId::host).value_or("");
  if (head.headers.get(HeaderId::host, 1)) return {ErrorCode::bad_host, "Host repeated"};
  if (!parse_authority(host)) return {ErrorCode::bad_host, "malformed Host"};
  if (head.authority.empty()) head.authority = host;
  return kNoFault;
}

// RFC 9112 6.1, 6.2: at most one of Transfer-Encoding, exactly "chunked", and Content-Length, one number.
struct BodyFields {
  bool is_chunked = false;
  std::optional<std::uint64_t> length;
};

Fault judge_transfer_encoding(const MessageHead& head) {
  if (head.version == Version::http10) return bad("Transfer-Encoding in HTTP/1.0");
  std::string_view last;
  std::size_t codings = 0;
  for (const Field& field : head.headers.fields()) {
    if (field.id != HeaderId::transfer_encoding) continue;
    ascii::for_each_element(field.value, [&](std::string_view coding) {
      last = coding;
      ++codings;
    });
  }
  if (!ascii::iequals(last, "chunked")) return bad("Transfer-Encoding does not end in chunked");
  if (codings > 1) return {ErrorCode::coding_unsupported, "Transfer-Encoding other than chunked"};
  const auto line = head.headers.get(HeaderId::transfer_encoding).value_or("");
  if (!ascii::iequals(line, "chunked") || head.headers.get(HeaderId::transfer_encoding, 1)) {
    return bad("odd Transfer-Encoding");
  }
  return kNoFault;
}

Fault judge_body_fields(const MessageHead& head, Seen seen, BodyFields& body) {
  const bool has_length = seen & seen_bit(HeaderId::content_length);
  if (seen & seen_bit(HeaderId::transfer_encoding)) {
    if (has_length) return bad("Content-Length with Transfer-Encoding");
    body.is_chunked = true;
    return judge_transfer_encoding(head);
  }
  if (!has_length) return kNoFault;
  if (head.headers.get(HeaderId::content_length, 1)) return bad("Content-Length repeated");
  const auto text = head.headers.get(HeaderId::content_length).value_or("");
  const auto length = ascii::to_number(text);
  // 19 digits hold 2^63 - 1; bounded so that no sum with it overflows.
  if (!length || text.size() > 19 ||
      *length > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return bad("malformed Content-Length");
  }
  body.length = *length;
  return kNoFault;
}

// RFC 9112 9.3: 1.1 keeps the connection unless told otherwise, 1.0 the other way round.
void take_connection(MessageHead& head, Seen seen) {
  head.keep_alive = head.version == Version::http11;
  if (!(seen & seen_bit(HeaderId::connection))) return;
  if (head.headers.lists(HeaderId::connection, "close")) {
    head.keep_alive = false;
  } else if (!head.keep_alive) {
    head.keep_alive = head.headers.lists(HeaderId::connection, "keep-alive");
  }
}

// Upgrade counts when Connection lists it, and not in HTTP/1.0 (RFC 9110 7.8). Several lines are one list.
void take_upgrade(RequestHead& head, Seen seen) {
  constexpr Seen kBoth = seen_bit(HeaderId::upgrade) | seen_bit(HeaderId::connection);
  if ((seen & kBoth) != kBoth || head.version != Version::http11) return;
  if (!head.headers.lists(HeaderId::connection, "upgrade")) return;
  head.upgrade = head.headers.get(HeaderId::upgrade).value_or("");
  Arena& arena = head.headers.arena();
  for (std::size_t nth = 1; auto more = head.headers.get(HeaderId::upgrade, nth); ++nth) {
    const std::size_t before = head.upgrade.size();
    auto* joined = static_cast<char*>(arena.allocate(before + 2 + more->size(), 1));
    auto* at = std::copy(head.upgrade.begin(), head.upgrade.end(), joined);
    *at++ = ',';
    *at++ = ' ';
    at = std::copy(more->begin(), more->end(), at);
    head.upgrade = {joined, static_cast<std::size_t>(at - joined)};
  }
}

// RFC 9110 10.1.1.
Fault take_expectation(RequestHead& head, Seen seen) {
  if (!(seen & seen_bit(HeaderId::expect))) return kNoFault;
  for (std::size_t nth = 0; auto value = head.headers.get(HeaderId::expect, nth); ++nth) {
    if (!ascii::iequals(*value, "100-continue"))
      return {ErrorCode::expectation_failed, "Expect other than 100-continue"};
  }
  head.expect_continue = head.version == Version::http11;
  return kNoFault;
}

}  // namespace

Fault take_request_line(std::string_view line, std::uint32_t uri_bytes, RequestHead& head) {
  const auto first = line.find(' ');
  const auto second = first == line.npos ? first : line.find(' ', first + 1);
  if (!ascii::is_token(line.substr(0, first))) return bad("malformed method");
  // Without a second space: HTTP/0.9, "GET /". The limit counts all the same.
  const auto target = first == line.npos ? std::string_view{} : line.substr(first + 1, second - first - 1);
  if (target.size() > uri_bytes) return {ErrorCode::uri_too_long, "target over the limit"};
  if (second == line.npos) return bad("request line without version");
  if (target.empty()) return bad("request line without target");
  if (auto fault = take_version(line.substr(second + 1), head.version)) return fault;
  head.method = line.substr(0, first);
  head.target = target;
  return take_target(head);
}

Fault take_status_line(std::string_view line, ResponseHead& head) {
  if (auto fault = take_version(line.substr(0, 8), head.version)) return fault;
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
    return bad("malformed status line");
  const auto status = ascii::to_number(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return bad("status that is not 100 to 599");
  head.status = static_cast<int>(*status);
  head.phrase = line.size() > 13 ? line.substr(13) : std::string_view{};
  const auto is_text = [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 127);
  };
  if (!std::all_of(head.phrase.begin(), head.phrase.end(), is_text))
    return bad("control byte in the status line");
  return kNoFault;
}

Fault judge_request(RequestHead& head, Seen seen) {
  if (auto fault = judge_host(head, seen)) return fault;
  BodyFields body;
  if (auto fault = judge_body_fields(head, seen, body)) return fault;
  // A body that nobody could tell from tunnelled bytes (RFC 9110 9.3.6).
  if (head.is_connect() && (body.is_chunked || body.length.value_or(0) > 0))
    return bad("CONNECT with a body");
  if (body.is_chunked) {
    head.framing = Framing::chunked;
  } else if (body.length && !head.is_connect()) {
    head.framing = Framing::length;
    head.content_length = *body.length;
  }
  take_connection(head, seen);
  take_upgrade(head, seen);
  return take_expectation(head, seen);
}

Fault judge_response(ResponseHead& head, Seen seen, Answers answers) {
  head.framing = Framing::none;  // an interim response may have used this head before
  head.content_length = 0;
  take_connection(head, seen);
  // RFC 9112 6.3, 1 and 2: no body, whatever the fields say.
  if (head.status < 200 || head.status == 204) return kNoFault;
  if (answers == Answers::connect && head.status < 300) return kNoFault;
  BodyFields body;
  if (auto fault = judge_body_fields(head, seen, body)) return fault;
  head.content_length = body.length.value_or(0);
  if (answers == Answers::head || head.status == 304) return kNoFault;
  if (body.is_chunked) {
    head.framing = Framing::chunked;
  } else if (body.length) {
    head.framing = Framing::length;
  } else {
    head.framing = Framing::close;
    head.keep_alive = false;
  }
  return kNoFault;
}

}  // namespace sluice::h1
