// Built-in "api_version": each request gets one version of the API, and with it an upstream and what HTTP says of its age.
//
//   on_request (for all, or a listener's) or on_route (a route's):
//     decide -> refuse, or note, tell the upstream, choose it, strip the path -> mark
//   on_response: the mark -> Vary, Deprecation, Sunset, Link
#include <sluice/ext/routes.h>
#include <sluice/ext/timer.h>
#include <sluice/plugin.hpp>

#include <cstddef>

#include "decision.h"
#include "marks.h"
#include "refusal.h"
#include "settings.h"
#include "vary.h"

namespace {

using namespace api_version;

// Bytes that a worker's buffer starts with: more than most answers and paths have.
constexpr std::size_t kBuffer = 1024;

class ApiVersion {
 public:
  static constexpr const char* version = "1.0";
  static constexpr const char* summary =
      "Chooses the version of an API by path, headers, media type, query or host, and says when one ends.";
  static inline const auto keys = api_version::keys();

  explicit ApiVersion(const sluice::Create& create)
      : settings_(read_settings(create)),
        vary_(settings_.sources),
        is_of_route_(create.place().starts_with("route ")),
        routes_(sluice::ability<sluice_routes_api>(SLUICE_ROUTES)),
        timer_(sluice::ability<sluice_timer_api>(SLUICE_TIMER)) {
    if (create.place().starts_with("upstream "))
      create.config().refuse(
          "api_version cannot belong to an upstream, which it chooses; put it into a [[route]], a [[listener]] "
          "or at the top");
    if (settings_.catalogue.needs_clock() && !timer_)
      throw std::runtime_error("this host has no clock (" SLUICE_TIMER ") to know the sunset by");
    if (settings_.needs_upstreams && !is_of_route_ && !has_override())
      throw std::runtime_error("this host is too old for versions with upstreams outside of a route");
  }

  std::uint32_t wants() const {
    bool on_response = vary_.is_ever_needed();
    for (const auto& each : settings_.catalogue.newest_first())
      on_response = on_response || each.has_headers();
    return (is_of_route_ ? 1U << SLUICE_ON_ROUTE : 1U << SLUICE_ON_REQUEST) |
           (on_response ? 1U << SLUICE_ON_RESPONSE : 0U);
  }

  class Worker {
   public:
    Worker(const ApiVersion& use, std::uint32_t) : use_(use) { buffer_.reserve(kBuffer); }

    sluice::Verdict on_request(sluice::Exchange ex) { return dispatch(ex); }
    sluice::Verdict on_route(sluice::Exchange ex) { return dispatch(ex); }
    void on_response(sluice::Exchange ex);

   private:
    sluice::Verdict dispatch(sluice::Exchange ex);
    sluice::Verdict apply(sluice::Exchange ex, const Decision& decision, std::int64_t now);
    bool strip_path(sluice::Exchange ex, std::int64_t now);

    const ApiVersion& use_;
    std::string buffer_;
  };

 private:
  bool has_override() const {
    constexpr auto end = offsetof(sluice_routes_api, upstream_override) + sizeof(routes_->upstream_override);
    return routes_ && routes_->size >= end && routes_->upstream_override;
  }
  std::int64_t now() const {
    return settings_.catalogue.needs_clock() ? static_cast<std::int64_t>(timer_->unix_us() / 1'000'000) : 0;
  }

  Settings settings_;
  Vary vary_;
  Marks marks_;
  bool is_of_route_;
  const sluice_routes_api* routes_;
  const sluice_timer_api* timer_;
};

sluice::Verdict ApiVersion::Worker::dispatch(sluice::Exchange ex) {
  if (use_.marks_.has_version(ex)) return sluice::Verdict::proceed;
  const auto now = use_.now();
  Decision decision;
  decide(use_.settings_, ex, now, decision);
  const bool is_refused = decision.outcome != Outcome::chosen && decision.outcome != Outcome::ignored;
  const bool is_let_through = is_refused && is_preflight(ex);
  const auto* version = is_let_through && decision.outcome != Outcome::ended ? nullptr : decision.version;
  if (version || use_.vary_.is_needed(decision.sources_asked))
    use_.marks_.add(ex, &use_, version, decision.sources_asked);
  if (is_refused && !is_let_through) return refuse(use_.settings_, decision, ex, now, buffer_);
  return version ? apply(ex, decision, now) : sluice::Verdict::proceed;
}

sluice::Verdict ApiVersion::Worker::apply(sluice::Exchange ex, const Decision& decision, std::int64_t now) {
  const auto& version = *decision.version;
  ex.note("api_version", version.name);
  ex.note("api_version.source", decision.source ? word(decision.source->place) : "default");
  if (use_.settings_.strips_path && !strip_path(ex, now)) return ex.fail("the path cannot be stripped");
  const auto& header = use_.settings_.upstream_header;
  if (!header.empty() && ex.request().set(header, version.name) != SLUICE_OK)
    return ex.fail("the request takes no header " + header);
  if (version.upstream < 0) return sluice::Verdict::proceed;
  const auto select = use_.is_of_route_ ? use_.routes_->upstream_select : use_.routes_->upstream_override;
  if (select(ex.raw(), version.upstream) != SLUICE_OK) return ex.fail("the host refused the upstream");
  return sluice::Verdict::proceed;
}

// Whichever source decided: the upstream is to get the same path for all of them.
bool ApiVersion::Worker::strip_path(sluice::Exchange ex, std::int64_t now) {
  const auto path = ex.path();
  for (const auto& source : use_.settings_.sources) {
    if (source.place != Place::path) continue;
    const auto part = source.find_in_path(path, use_.settings_.catalogue, now);
    if (!part) return true;
    buffer_.assign(path.substr(0, part->begin));
    buffer_.append(path.substr(part->end));
    if (buffer_.empty()) buffer_ = "/";
    return ex.set(SLUICE_PATH, buffer_) == SLUICE_OK;
  }
  return true;
}

void ApiVersion::Worker::on_response(sluice::Exchange ex) {
  for (const auto* mark = use_.marks_.of(ex); mark; mark = mark->next) {
    if (mark->use != &use_) continue;
    auto response = ex.response();
    use_.vary_.apply(response, mark->sources_asked, buffer_);
    if (!mark->version) continue;
    const auto& chosen = *mark->version;
    // The origin knows its resource better than the configuration does.
    if (!chosen.deprecation_header.empty() && !response.has("deprecation"))
      response.set("Deprecation", chosen.deprecation_header);
    if (!chosen.sunset_header.empty() && !response.has("sunset"))
      response.set("Sunset", chosen.sunset_header);
    if (!chosen.link_header.empty()) response.add("Link", chosen.link_header);
  }
}

}  // namespace

SLUICE_PLUGIN(ApiVersion, "api_version")
