// What a client makes of the bytes it got: the responses in them, and whether each is whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/http_text.h"

namespace sluice::test {

struct SeenResponse {
  Message message;
  bool whole = false;
};

// Final responses in `wire`, in order, to requests of these methods; interim ones are passed over, and after a 101 all that
// follows is its body. `ended`: a clean end of the connection stands behind the bytes. Throws Malformed for bytes that are no
// response, or one response more than there are methods.
std::vector<SeenResponse> read_responses(std::string_view wire, const std::vector<std::string>& methods,
                                         bool ended);
// Takes the body that begins `wire` and is framed like this off it, into `message`. False when it is not all there.
bool take_body(std::string_view& wire, BodyLength length, Message& message, bool ended);

}  // namespace sluice::test
