// The answer to a request whose version cannot be had: what is wrong, and which versions there are, as JSON or text.
#pragma once

#include <string>

#include "decision.h"

namespace api_version {

// The machine word for it: "unknown_version", "missing_version", "conflicting_versions", "version_ended".
std::string_view reason(Outcome outcome);
int status(const Settings& settings, const Decision& decision);

// Makes the response, never cacheable; `buffer` is scratch memory.
sluice::Verdict refuse(const Settings& settings, const Decision& decision, sluice::Exchange ex,
                       std::int64_t now, std::string& buffer);

}  // namespace api_version
