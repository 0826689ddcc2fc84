// The request as route conditions read it: each text asked of the host once, when the first condition wants it.
//
// Lives on the stack during one on_route.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host.h"
#include "regex.h"

namespace sluice::router {

class Request {
 public:
  // `scratch`: for conditions with regular expressions.
  Request(sluice_exchange* ex, Scratch& scratch) : ex_(ex), scratch_(scratch) {}

  sluice_exchange* exchange() const { return ex_; }
  Scratch& scratch() { return scratch_; }

  // An IPv6 address in its one normal spelling.
  std::string_view host();
  std::string_view path() { return once(SLUICE_PATH, path_); }
  std::string_view method() { return once(SLUICE_METHOD, method_); }
  std::string_view query() { return once(SLUICE_QUERY, query_); }
  std::string_view scheme() { return once(SLUICE_SCHEME, scheme_); }
  std::string_view listener() { return once(SLUICE_LISTENER, listener_); }
  std::string_view client() { return once(SLUICE_CLIENT, client_); }

  // The `nth` (from 0) field line of that name.
  std::optional<std::string_view> header(std::string_view name, std::size_t nth = 0);
  // First cookie of that name (RFC 6265 5.4), as sent.
  std::optional<std::string_view> cookie(std::string_view name);
  // First parameter of that name, decoded (%XX, and "+" as a space). Without escapes no byte is copied; else it is valid until
  // the next call.
  std::optional<std::string_view> query_value(std::string_view name);

 private:
  std::string_view once(sluice_field which, std::optional<std::string_view>& kept) {
    if (!kept) kept = field(ex_, which).value_or(std::string_view());
    return *kept;
  }

  sluice_exchange* ex_;
  Scratch& scratch_;
  std::optional<std::string_view> host_, path_, method_, query_, scheme_, listener_, client_;
  std::string host_ip6_;
  std::string decoded_;
};

}  // namespace sluice::router
