#include "http/hop_fields.h"

#include "base/ascii.h"

namespace sluice {
namespace {

constexpr HeaderIds kNeverOptions{
    HeaderId::authorization,   HeaderId::content_length,    HeaderId::content_type,
    HeaderId::cookie,          HeaderId::forwarded,         HeaderId::host,
    HeaderId::set_cookie,      HeaderId::transfer_encoding, HeaderId::via,
    HeaderId::x_forwarded_for, HeaderId::x_forwarded_host,  HeaderId::x_forwarded_proto,
    HeaderId::x_request_id,    HeaderId::connection,        HeaderId::upgrade};

}  // namespace

bool remove_connection_options(HeaderMap& headers) {
  unsigned options = 0;
  for (std::size_t nth = 0; auto list = headers.get(HeaderId::connection, nth); ++nth) {
    ascii::for_each_element(*list, [&](std::string_view name) {
      if (++options > kConnectionOptions || kNeverOptions.has(header_id(name))) return;
      headers.remove(name);
    });
    if (options > kConnectionOptions) return false;
  }
  return true;
}

}  // namespace sluice
