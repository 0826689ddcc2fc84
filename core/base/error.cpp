#include "base/error.h"

#include <array>
#include <utility>

#include "base/log.h"

namespace sluice {
namespace {

struct Entry {
  ErrorCode code;
  int status;
  Origin origin;
  log::Level level;
  std::string_view reason;
  std::string_view sentence;
};

using enum log::Level;

// In the order of ErrorCode. A client's faults are debug: anyone can send them by the thousand.
constexpr std::array<Entry, kErrorCodes> kTable = {{
    {ErrorCode::none, 500, Origin::local, debug, "none", "No error."},
    {ErrorCode::bad_request, 400, Origin::client, debug, "bad_request", "The request is not valid HTTP."},
    {ErrorCode::bad_host, 400, Origin::client, debug, "bad_host", "The request needs one valid Host."},
    {ErrorCode::header_timeout, 408, Origin::client, debug, "header_timeout",
     "The request's header took too long."},
    {ErrorCode::body_timeout, 408, Origin::client, debug, "body_timeout",
     "The request's body took too long."},
    {ErrorCode::body_too_large, 413, Origin::client, debug, "body_too_large",
     "The request's body is too large."},
    {ErrorCode::uri_too_long, 414, Origin::client, debug, "uri_too_long",
     "The request's target is too long."},
    {ErrorCode::expectation_failed, 417, Origin::client, debug, "expectation_failed",
     "The request expects something that is not supported."},
    {ErrorCode::headers_too_large, 431, Origin::client, debug, "headers_too_large",
     "The request's header fields are too large."},
    {ErrorCode::method_unsupported, 501, Origin::client, debug, "method_unsupported",
     "The request's method is not supported."},
    {ErrorCode::coding_unsupported, 501, Origin::client, debug, "coding_unsupported",
     "The request's transfer coding is not supported."},
    {ErrorCode::version_unsupported, 505, Origin::client, debug, "version_unsupported",
     "The request's version of HTTP is not supported."},
    {ErrorCode::client_closed, 499, Origin::client, debug, "client_closed",
     "The client closed its connection before the response was complete."},
    {ErrorCode::no_route, 404, Origin::local, debug, "no_route", "Nothing is here."},
    {ErrorCode::no_upstream, 503, Origin::local, error, "no_upstream", "The service is not available."},
    {ErrorCode::no_endpoint, 503, Origin::local, warn, "no_endpoint", "The service is not available."},
    {ErrorCode::no_address, 503, Origin::local, warn, "no_address", "The service is not available."},
    {ErrorCode::overloaded, 503, Origin::local, warn, "overloaded", "The service is busy. Try again later."},
    {ErrorCode::queue_timeout, 503, Origin::local, warn, "queue_timeout",
     "The service is busy. Try again later."},
    {ErrorCode::draining, 503, Origin::local, info, "draining", "The service is restarting. Try again."},
    {ErrorCode::plugin_failed, 500, Origin::plugin, error, "plugin_failed",
     "The gateway could not handle the request."},
    {ErrorCode::plugin_denied, 500, Origin::plugin, error, "plugin_denied",
     "The gateway could not handle the request."},
    {ErrorCode::total_timeout, 504, Origin::local, warn, "total_timeout",
     "The service took too long to answer."},
    {ErrorCode::internal, 500, Origin::local, error, "internal", "The gateway could not handle the request."},
    {ErrorCode::connect_failed, 502, Origin::upstream, warn, "connect_failed",
     "The service could not be reached."},
    {ErrorCode::connect_timeout, 504, Origin::upstream, warn, "connect_timeout",
     "The service took too long to answer."},
    {ErrorCode::upstream_reset, 502, Origin::upstream, warn, "upstream_reset",
     "The service broke off its answer."},
    {ErrorCode::upstream_protocol, 502, Origin::upstream, warn, "upstream_protocol",
     "The service gave an answer that is not valid."},
    {ErrorCode::upstream_headers_too_large, 502, Origin::upstream, warn, "upstream_headers_too_large",
     "The service gave an answer that is too large."},
    {ErrorCode::upstream_body_too_large, 502, Origin::upstream, warn, "upstream_body_too_large",
     "The service gave an answer that is too large."},
    {ErrorCode::first_byte_timeout, 504, Origin::upstream, warn, "first_byte_timeout",
     "The service took too long to answer."},
    {ErrorCode::try_timeout, 504, Origin::upstream, warn, "try_timeout",
     "The service took too long to answer."},
    {ErrorCode::bad_status, 502, Origin::upstream, info, "bad_status", "The service could not answer."},
    {ErrorCode::upstream_idle, 504, Origin::upstream, warn, "upstream_idle",
     "The service stopped in its answer."},
    {ErrorCode::write_failed, 502, Origin::upstream, warn, "write_failed", "The connection broke."},
}};

consteval bool is_in_order() {
  for (int i = 0; i < kErrorCodes; ++i) {
    if (static_cast<int>(kTable[static_cast<std::size_t>(i)].code) != i) return false;
  }
  return true;
}
static_assert(is_in_order(), "one row for each code, in the order of the enum");

const Entry& entry(ErrorCode code) { return kTable[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view reason(ErrorCode code) { return entry(code).reason; }
int status_of(ErrorCode code) { return entry(code).status; }
std::string_view explain(ErrorCode code) { return entry(code).sentence; }
log::Level level_of(ErrorCode code) { return entry(code).level; }

std::string_view name(Origin origin) {
  switch (origin) {
    case Origin::local: return "local";
    case Origin::client: return "client";
    case Origin::upstream: return "upstream";
    case Origin::plugin: return "plugin";
  }
  return "unknown";
}

Error make_error(ErrorCode code, std::string detail) {
  return Error{.code = code, .origin = entry(code).origin, .detail = std::move(detail)};
}

}  // namespace sluice
