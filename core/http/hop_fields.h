// Fields that belong to one hop (RFC 9110 7.6.1): what a proxy must not pass on.
#pragma once

#include "http/header_map.h"

namespace sluice {

// Always of one hop. Content-Length is made anew by the writer, which knows how the body goes on.
inline constexpr HeaderIds kHopFields{
    HeaderId::connection, HeaderId::keep_alive,     HeaderId::proxy_connection,
    HeaderId::te,         HeaderId::trailer,        HeaderId::transfer_encoding,
    HeaderId::upgrade,    HeaderId::content_length, HeaderId::http2_settings};

// Options that Connection may list: each costs a look at every field, and no honest sender has more than a few.
inline constexpr unsigned kConnectionOptions = 64;

// Removes the fields that Connection names, but not those that decide who is asking and who was asked (Authorization, Cookie,
// Host, X-Forwarded-* ...): a sender could strip them from what others are told. False, and some may be left: more than
// kConnectionOptions.
bool remove_connection_options(HeaderMap& headers);

}  // namespace sluice
