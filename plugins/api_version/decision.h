// Which version a request gets: its sources asked in order.
//
//   sources -> findings -> one Number -> the newest version within it -> Decision
//
// A pure function of the request's head, the settings and the time. [worker's thread]
#pragma once

#include "settings.h"

namespace api_version {

enum class Outcome {
  chosen,    // `version` it is
  ignored,   // none was named, and that is left alone
  missing,   // none was named, and one must be
  unknown,   // what was named does not exist
  conflict,  // two sources contradict each other
  ended,     // `version` is past its sunset
};

struct Decision {
  Outcome outcome = Outcome::ignored;
  const Version* version = nullptr;
  const Source* source = nullptr;  // that named it; null: the default
  std::string_view asked;          // what it said; as long as the request's head, or as this
  std::uint8_t sources_asked = 0;  // what the answer depends on: so many, from the first
  Source::Scratch scratch;         // may hold `asked`

  Decision() = default;
  Decision(const Decision&) = delete;
  Decision& operator=(const Decision&) = delete;
};

void decide(const Settings& settings, sluice::Exchange ex, std::int64_t now, Decision& out);

// A CORS preflight (Fetch 3.2.2): it cannot carry the headers of the request that it asks for, and a refusal of it would hide
// the answer that the request itself gets.
bool is_preflight(sluice::Exchange ex);

}  // namespace api_version
