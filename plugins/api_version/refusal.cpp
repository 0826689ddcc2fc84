#include "refusal.h"

#include <algorithm>

#include "text.h"

namespace api_version {
namespace {

// Bytes of the client's own text in notes and answers.
constexpr std::size_t kShown = 64;

// As the gateway's own errors do: JSON when Accept names it before HTML and plain text.
bool wants_json(sluice::Exchange ex) {
  bool json = false;
  for (std::size_t nth = 0; const auto line = ex.request().get("accept", nth); ++nth) {
    const auto at = line->find("json");
    const auto text = std::min(line->find("text/html"), line->find("text/plain"));
    json = json || (at != std::string_view::npos && at < text);
    if (text != std::string_view::npos) break;
  }
  return json;
}

// A text of the client's that means itself in JSON, HTML and a log alike; others are not repeated.
bool is_harmless(std::string_view text) {
  return !text.empty() && text.size() <= kShown &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

void append_message(std::string& out, const Decision& decision) {
  switch (decision.outcome) {
    case Outcome::missing: out += "this request must name a version of the API"; return;
    case Outcome::conflict:
      out += "this request names versions of the API that contradict each other";
      return;
    case Outcome::ended:
      out += "version ";
      out += decision.version->name;
      out += " of the API ended on ";
      out += decision.version->sunset_header;
      return;
    default: out += "there is no such version of the API"; return;
  }
}

template <class Each>
void for_each_supported(const Settings& settings, std::int64_t now, Each each) {
  for (const auto& version : settings.catalogue.newest_first())
    if (!version.is_preview && !settings.catalogue.is_refused(version, now)) each(version.name);
}

void append_json(std::string& out, const Settings& settings, const Decision& decision, sluice::Exchange ex,
                 int code, std::int64_t now) {
  out += "{\"status\":";
  out += std::to_string(code);
  out += ",\"reason\":\"";
  out += reason(decision.outcome);
  out += "\",\"message\":\"";
  append_message(out, decision);
  if (is_harmless(decision.asked)) {
    out += "\",\"requested\":\"";
    out += decision.asked;
  }
  out += "\",\"supported\":[";
  bool is_first = true;
  for_each_supported(settings, now, [&](const std::string& name) {
    out += is_first ? "\"" : ",\"";
    out += name;
    out += '"';
    is_first = false;
  });
  out += ']';
  if (decision.version && !decision.version->successor.empty()) {
    out += ",\"successor\":\"";  // a URL, which has nothing to escape
    out += decision.version->successor;
    out += '"';
  }
  out += ",\"request_id\":\"";
  out += ex.request_id();
  out += "\"}\n";
}

void append_text(std::string& out, const Settings& settings, const Decision& decision, sluice::Exchange ex,
                 int code, std::int64_t now) {
  out += std::to_string(code);
  out += ' ';
  append_message(out, decision);
  out += '\n';
  if (is_harmless(decision.asked)) {
    out += "requested: ";
    out += decision.asked;
    out += '\n';
  }
  out += "supported:";
  for_each_supported(settings, now, [&](const std::string& name) {
    out += ' ';
    out += name;
  });
  if (decision.version && !decision.version->successor.empty()) {
    out += "\nsuccessor: ";
    out += decision.version->successor;
  }
  out += "\nreason: ";
  out += reason(decision.outcome);
  out += "\nrequest id: ";
  out += ex.request_id();
  out += '\n';
}

}  // namespace

std::string_view reason(Outcome outcome) {
  switch (outcome) {
    case Outcome::missing: return "missing_version";
    case Outcome::conflict: return "conflicting_versions";
    case Outcome::ended: return "version_ended";
    default: return "unknown_version";
  }
}

int status(const Settings& settings, const Decision& decision) {
  if (decision.outcome == Outcome::ended) return settings.sunset_status;
  if (decision.outcome != Outcome::unknown) return 400;
  if (settings.unknown_status) return *settings.unknown_status;
  switch (decision.source->place) {
    case Place::path:
    case Place::host: return 404;
    case Place::accept: return 406;
    case Place::content_type: return 415;
    default: return 400;
  }
}

sluice::Verdict refuse(const Settings& settings, const Decision& decision, sluice::Exchange ex,
                       std::int64_t now, std::string& buffer) {
  const int code = status(settings, decision);
  const bool json = wants_json(ex);
  ex.note("api_version.refused", reason(decision.outcome));
  if (!decision.asked.empty()) ex.note("api_version.asked", decision.asked.substr(0, kShown));
  buffer.clear();
  if (json)
    append_json(buffer, settings, decision, ex, code, now);
  else
    append_text(buffer, settings, decision, ex, code, now);
  const auto verdict = ex.respond(code, json ? "application/json" : "text/plain; charset=utf-8", buffer);
  if (verdict == sluice::Verdict::respond) {
    // 404 and 410 may be kept by caches unless told otherwise (RFC 9110 15.1), and versions come and go.
    ex.response().set("Cache-Control", "no-store");
    ex.response().set("X-Content-Type-Options", "nosniff");
  }
  return verdict;
}

}  // namespace api_version
