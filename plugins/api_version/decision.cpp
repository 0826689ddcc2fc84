#include "decision.h"

namespace api_version {

void decide(const Settings& settings, sluice::Exchange ex, std::int64_t now, Decision& out) {
  Number wanted;
  for (const auto& source : settings.sources) {
    ++out.sources_asked;
    Source::Scratch scratch;
    const auto found = source.read(ex, settings.catalogue, now, scratch);
    if (!found.is_there) continue;
    const bool is_narrower = !out.source || wanted.includes(found.number.value_or(Number{}));
    if (!found.number || is_narrower) {
      out.source = &source;
      out.asked = found.text;
      if (found.text.data() == scratch.data()) {
        out.scratch = scratch;
        out.asked = {out.scratch.data(), found.text.size()};
      }
    }
    if (!found.number) {
      out.outcome = Outcome::unknown;
      return;
    }
    if (is_narrower) {
      wanted = *found.number;
    } else if (!found.number->includes(wanted)) {
      out.outcome = Outcome::conflict;
      return;
    }
    if (!settings.refuses_conflict) break;
  }
  if (!out.source) {
    if (settings.missing != Missing::takes_default) {
      out.outcome = settings.missing == Missing::is_refused ? Outcome::missing : Outcome::ignored;
      return;
    }
    wanted = settings.default_number;
  }
  out.version = settings.catalogue.find(wanted, now);
  out.outcome = settings.catalogue.is_refused(*out.version, now) ? Outcome::ended : Outcome::chosen;
}

bool is_preflight(sluice::Exchange ex) {
  return ex.method() == "OPTIONS" && ex.request().has("origin") &&
         ex.request().has("access-control-request-method");
}

}  // namespace api_version
