// What went wrong in an exchange, as a value: which fault, whose, and whether another attempt may help.
//
// One table (error.cpp) maps each code to its word in logs, HTTP status and log level. Nothing else in Sluice chooses a
// status for a fault. Codes are one list for all layers so that the access log's `reason` has one vocabulary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

namespace log {
enum class Level;  // base/log.h
}

// Who caused it; goes to the access log as `origin`.
enum class Origin : std::uint8_t { local, client, upstream, plugin };

enum class ErrorCode : std::uint8_t {
  none,
  // The client's message.
  bad_request,          // 400: syntax or ambiguous framing
  bad_host,             // 400: Host missing, repeated or malformed (RFC 9112 3.2)
  header_timeout,       // 408
  body_timeout,         // 408
  body_too_large,       // 413
  uri_too_long,         // 414
  expectation_failed,   // 417: Expect other than 100-continue (RFC 9110 10.1.1)
  headers_too_large,    // 431: bytes or count
  method_unsupported,   // 501: token unknown to the parser
  coding_unsupported,   // 501: Transfer-Encoding other than chunked (RFC 9112 6.1)
  version_unsupported,  // 505
  client_closed,        // 499 in the log; never sent
  // The gateway's own.
  no_route,       // 404
  no_upstream,    // 503: route without a usable group
  no_endpoint,    // 503: all endpoints down or tried
  no_address,     // 503: name does not resolve (yet)
  overloaded,     // 503: a limit of connections or memory
  queue_timeout,  // 503: no endpoint had room in time
  draining,       // 503
  plugin_failed,  // 500
  plugin_denied,  // 500: FAIL with on_failure = "deny"
  total_timeout,  // 504
  internal,       // 500
  // The upstream side.
  connect_failed,              // 502
  connect_timeout,             // 504
  upstream_reset,              // 502: closed or reset before the response was complete
  upstream_protocol,           // 502: response that is not valid HTTP
  upstream_headers_too_large,  // 502
  upstream_body_too_large,     // 502: whole-body limit asked by a hook
  first_byte_timeout,          // 504
  try_timeout,                 // 504: retry.per_try, seen by a client only when nothing came after it
  bad_status,  // the response's own: an attempt that ended with a status to retry at; never a client's answer
  upstream_idle,  // 504: body stalled
  write_failed,   // transport write error; side by origin
};

inline constexpr int kErrorCodes = static_cast<int>(ErrorCode::write_failed) + 1;

struct Error {
  ErrorCode code = ErrorCode::none;
  Origin origin = Origin::local;
  bool retryable = false;  // nothing of the response was seen, another attempt may help
  std::string detail;      // for the log: what exactly, with the offending value; may be empty

  explicit operator bool() const { return code != ErrorCode::none; }
};

// The word for logs and bodies: "connect_timeout".
std::string_view reason(ErrorCode code);
// Status for the client, 400..599.
int status_of(ErrorCode code);
// A sentence for the client that gives nothing internal away.
std::string_view explain(ErrorCode code);
// How loud the fault is in the gateway's own log.
log::Level level_of(ErrorCode code);
std::string_view name(Origin origin);
// An Error with the code's usual origin.
Error make_error(ErrorCode code, std::string detail = {});

}  // namespace sluice
