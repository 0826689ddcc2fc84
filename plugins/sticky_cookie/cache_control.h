// Keeping a token out of shared caches: RFC 9111 7.3 lets them store a response in spite of its Set-Cookie.
#pragma once

#include <sluice/plugin.hpp>

#include <string_view>

namespace sticky_cookie {

// Adds `private="FIELD"` (RFC 9111 5.2.2.7: a shared cache does not store that field, or, if it knows no such lists, the
// response) unless the response may not be stored by shared caches anyway.
void mark_private(sluice::Headers response, std::string_view field);

}  // namespace sticky_cookie
