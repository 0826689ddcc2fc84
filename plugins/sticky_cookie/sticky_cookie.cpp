// Built-in "sticky_cookie": a client stays at the endpoint that it came to first.
//
//   on_balance: token of cookie or header -> find its endpoint -> pick it; or another one, or 503 (on_down)
//   on_upstream_request: cookie, header or token taken away
//   on_response: a token for the endpoint that answered, if the client has none of it yet
//
// All that is known of a session is in its token: nothing is kept between exchanges.
#include <sluice/ext/timer.h>
#include <sluice/cpp/balance.hpp>
#include <sluice/plugin.hpp>

#include <sodium.h>

#include <map>
#include <string>
#include <vector>

#include "cache_control.h"
#include "claims.h"
#include "cookie_text.h"
#include "settings.h"
#include "visits.h"

namespace {

using namespace sticky_cookie;

// A token from a gateway whose clock is ahead counts if it is ahead by no more (seconds).
constexpr std::int64_t kClockSkew = 300;
// Cookies of one name that are tried: several paths and domains may have one each, and trying costs.
constexpr int kMostTries = 4;
// Blocks in which an endpoint has no business with sessions either. A warming one has: after a restart of the gateway all are.
constexpr std::uint32_t kDown =
    SLUICE_BLOCK_FAILING | SLUICE_BLOCK_EJECTED | SLUICE_BLOCK_DISABLED | SLUICE_BLOCK_GONE;
constexpr std::uint32_t kNoNewSessions = kDown | SLUICE_BLOCK_DRAINING;

class StickyCookie {
 public:
  static constexpr const char* version = "1.0";
  static constexpr const char* summary =
      "Keeps a client at the endpoint it came to first, by a sealed cookie, a header or the application's "
      "cookie.";
  static constexpr const char* libraries = "libsodium " SODIUM_VERSION_STRING;
  static constexpr bool repeatable = true;
  static inline const auto keys = sticky_cookie::keys();

  explicit StickyCookie(const sluice::Create& create)
      : settings_(read_settings(create)), timer_(sluice::ability<sluice_timer_api>(SLUICE_TIMER)) {
    if (!balance_.has_sessions())
      throw std::runtime_error("this host is too old for sessions (" SLUICE_BALANCE " of ABI 1.2)");
    if (!timer_) throw std::runtime_error("this host has no clock (" SLUICE_TIMER ") to know lifetimes by");
    if (settings_.mode == Mode::insert && create.place().starts_with("upstream ")) claim(create);
  }

  std::uint32_t wants() const {
    const auto balance = 1U << SLUICE_ON_BALANCE;
    if (settings_.mode == Mode::hash) return balance;
    return balance | 1U << SLUICE_ON_RESPONSE | (settings_.strips ? 1U << SLUICE_ON_UPSTREAM_REQUEST : 0U);
  }

  class Worker {
   public:
    Worker(const StickyCookie& use, std::uint32_t) : use_(use), settings_(use.settings_) {}

    sluice::Verdict on_balance(sluice::Exchange ex);
    void on_upstream_request(sluice::Exchange ex);
    void on_response(sluice::Exchange ex);

   private:
    enum class Where { kept, full, tried, down, gone };

    const std::string& name_of(std::string_view upstream);
    void read_pin(sluice::Exchange ex, Visit& visit);
    void read_token(sluice::Exchange ex, std::string_view token, Visit& visit, const char*& word);
    Where where(const std::optional<sluice::Endpoint>& endpoint) const;
    sluice::Verdict follow(sluice::Exchange ex, Visit& visit);
    sluice::Verdict leave(sluice::Exchange ex, const Visit& visit, bool is_gone);
    bool may_begin(sluice::Exchange ex, const sluice::Endpoint& endpoint) const;
    bool is_fresh(const Visit& visit) const;
    void give(sluice::Exchange ex, const Visit& visit, const Pin& pin);
    void learn(sluice::Exchange ex, const Visit& visit, const Pin& pin, const sluice::Endpoint& endpoint);
    std::uint32_t now() const { return static_cast<std::uint32_t>(use_.timer_->unix_us() / 1'000'000); }

    const StickyCookie& use_;
    const Settings& settings_;
    std::map<std::string, std::string, std::less<>> names_;  // by upstream
    std::string line_;
    std::vector<std::string> lines_;
  };

 private:
  void claim(const sluice::Create& create) {
    const auto upstream = create.place().substr(std::string_view("upstream ").size());
    std::optional<std::string> other;
    claim_ = HeldClaim(create.snapshot(),
                       {name_for(settings_.name, upstream), settings_.attributes.path(),
                        settings_.attributes.domain(), std::string(create.place())},
                       other);
    if (!other) return;
    const auto config = create.config();
    (config["cookie"] ? config["cookie"] : config)
        .refuse("cookie \"" + settings_.name + "\" with this path and domain is already that of " + *other +
                "; give each upstream its own");
  }

  Settings settings_;
  sluice::Balance balance_;
  const sluice_timer_api* timer_;
  Visits visits_;
  HeldClaim claim_;
};

// The name that this use's cookie or header has with this upstream.
const std::string& StickyCookie::Worker::name_of(std::string_view upstream) {
  const auto it = names_.find(upstream);
  if (it != names_.end()) return it->second;
  return names_.emplace(upstream, name_for(settings_.name, upstream)).first->second;
}

// ---- on_balance ----

sluice::Verdict StickyCookie::Worker::on_balance(sluice::Exchange ex) {
  const auto& name = name_of(ex.upstream());
  if (settings_.mode == Mode::hash) {
    for_each_value(ex.request(), name, [&](auto value) {
      use_.balance_.hash(ex, value);
      return true;
    });
    return sluice::Verdict::proceed;
  }
  auto* visit = use_.visits_.of(ex, &use_);
  if (!visit) {
    if (use_.visits_.is_taken(ex, &use_, name)) return sluice::Verdict::proceed;
    visit = &use_.visits_.add(ex, &use_, name);
    read_pin(ex, *visit);
  }
  return visit->has_pin ? follow(ex, *visit) : sluice::Verdict::proceed;
}

void StickyCookie::Worker::read_pin(sluice::Exchange ex, Visit& visit) {
  const char* word = "none";
  int tries = 0;
  if (settings_.mode == Mode::header) {
    if (const auto token = ex.request().get(visit.name)) read_token(ex, trim(*token), visit, word);
  } else {
    for_each_value(ex.request(), visit.name, [&](auto value) {
      const auto token = settings_.mode == Mode::learn ? take_apart(value).token : value;
      if (!token.empty()) read_token(ex, token, visit, word);
      return visit.has_pin || ++tries == kMostTries;
    });
  }
  ex.note("sticky", word);
}

void StickyCookie::Worker::read_token(sluice::Exchange ex, std::string_view token, Visit& visit,
                                      const char*& word) {
  const auto opened = settings_.keys->open(token, ex.upstream());
  const std::int64_t time = now();
  if (!opened || opened->pin.issued > time + kClockSkew || opened->pin.seen > time + kClockSkew) {
    word = "invalid";
    return;
  }
  const auto is_over = [&](std::uint32_t since, const auto& limit) {
    return limit && time - std::int64_t{since} >= limit->count();
  };
  if (is_over(opened->pin.issued, settings_.lifetime) || is_over(opened->pin.seen, settings_.idle)) {
    word = "expired";
    return;
  }
  visit.has_pin = true;
  visit.pin = opened->pin;
  visit.is_newest_key = opened->is_newest_key;
  word = "kept";
}

StickyCookie::Worker::Where StickyCookie::Worker::where(
    const std::optional<sluice::Endpoint>& endpoint) const {
  if (!endpoint || endpoint->has_block(SLUICE_BLOCK_GONE)) return Where::gone;
  if (endpoint->has_block(kDown)) return Where::down;
  if (endpoint->was_tried()) return Where::tried;
  if (endpoint->is_full()) return Where::full;
  // Not usable without a reason given: it has no address.
  const bool is_old_only = endpoint->has_block(SLUICE_BLOCK_DRAINING | SLUICE_BLOCK_WARMING);
  return endpoint->is_usable() || is_old_only ? Where::kept : Where::down;
}

sluice::Verdict StickyCookie::Worker::follow(sluice::Exchange ex, Visit& visit) {
  const auto index = use_.balance_.find(ex, visit.pin.endpoint);
  const auto place = where(index ? use_.balance_.at(ex, *index) : std::nullopt);
  visit.is_lent = place == Where::full && settings_.on_full == OnFull::elsewhere;
  if (visit.is_lent) {
    ex.note("sticky", "lent");
    return sluice::Verdict::proceed;
  }
  if (place == Where::gone) return leave(ex, visit, true);
  if (place == Where::down) return leave(ex, visit, false);
  // The attempt there failed: with "fail" the session has nowhere else to go.
  if (place == Where::tried && settings_.on_down == OnDown::repin) return leave(ex, visit, false);
  if (use_.balance_.pick(ex, *index) != SLUICE_OK) return leave(ex, visit, false);
  return sluice::Verdict::proceed;
}

// The session's endpoint cannot be had.
sluice::Verdict StickyCookie::Worker::leave(sluice::Exchange ex, const Visit& visit, bool is_gone) {
  ex.note("sticky", is_gone ? "gone" : "down");
  if (settings_.on_down == OnDown::repin) return sluice::Verdict::proceed;
  const auto verdict = ex.respond(503, "text/plain", "The server of this session is not there.\n");
  ex.response().add("Cache-Control", "no-store");
  // What has left does not come back, as a rule: the client begins anew with its next request.
  if (is_gone && settings_.mode == Mode::insert) {
    settings_.attributes.write_end(line_, visit.name, ex.scheme() == "https");
    ex.response().add("Set-Cookie", line_);
  }
  return verdict;
}

// ---- on_upstream_request ----

void StickyCookie::Worker::on_upstream_request(sluice::Exchange ex) {
  const auto& name = name_of(ex.upstream());
  auto headers = ex.upstream_request();
  if (settings_.mode == Mode::header) {
    headers.remove(name);
    return;
  }
  bool is_changed = false;
  lines_.clear();
  for (std::size_t nth = 0; const auto line = headers.get("cookie", nth); ++nth) {
    const bool may_have = line->find(name) != std::string_view::npos;
    auto changed = !may_have                       ? std::nullopt
                   : settings_.mode == Mode::learn ? without_tokens(*line, name)
                                                   : without_cookie(*line, name);
    is_changed = is_changed || changed;
    lines_.push_back(changed ? std::move(*changed) : std::string(*line));
  }
  if (!is_changed) return;
  headers.remove("cookie");
  for (const auto& line : lines_)
    if (!line.empty()) headers.add("Cookie", line);
}

// ---- on_response ----

// Whether a session may begin at this endpoint with this answer.
bool StickyCookie::Worker::may_begin(sluice::Exchange ex, const sluice::Endpoint& endpoint) const {
  const auto status = ex.status();
  // These say that somebody else should have been asked.
  const bool is_turned_away = status >= 502 && status <= 504;
  return !is_turned_away && !endpoint.has_block(kNoNewSessions);
}

// Whether the client's token is good as it is.
bool StickyCookie::Worker::is_fresh(const Visit& visit) const {
  if (!visit.is_newest_key) return false;
  return !settings_.idle ||
         std::int64_t{now()} - std::int64_t{visit.pin.seen} < (settings_.idle->count() + 1) / 2;
}

void StickyCookie::Worker::on_response(sluice::Exchange ex) {
  const auto* visit = use_.visits_.of(ex, &use_);
  if (!visit || ex.number(SLUICE_IS_LOCAL) == 1 || visit->is_lent) return;
  const auto index = use_.balance_.current(ex);
  const auto endpoint = index ? use_.balance_.at(ex, *index) : std::nullopt;
  if (!endpoint) return;
  const bool is_at_home = visit->has_pin && visit->pin.endpoint == endpoint->id();
  if (!is_at_home && !may_begin(ex, *endpoint)) return;
  const Pin pin{endpoint->id(), is_at_home ? visit->pin.issued : now(), now()};
  if (settings_.mode == Mode::learn) return learn(ex, *visit, pin, *endpoint);
  // A cache puts the fields of a 304 into what it has stored (RFC 9111 3.2).
  if (ex.status() == 304 || (is_at_home && is_fresh(*visit))) return;
  if (!is_at_home) ex.note("sticky.new", endpoint->address());
  give(ex, *visit, pin);
}

void StickyCookie::Worker::give(sluice::Exchange ex, const Visit& visit, const Pin& pin) {
  auto response = ex.response();
  const auto token = settings_.keys->seal(pin, ex.upstream());
  if (settings_.mode == Mode::header) {
    response.set(visit.name, text(token));
    if (settings_.marks_private) mark_private(response, visit.name);
    return;
  }
  auto remaining = settings_.lifetime;
  if (remaining) *remaining -= std::chrono::seconds(std::int64_t{now()} - std::int64_t{pin.issued});
  settings_.attributes.write(line_, visit.name, text(token), ex.scheme() == "https", remaining);
  response.add("Set-Cookie", line_);
  if (settings_.marks_private) mark_private(response, "Set-Cookie");
}

// The application sets its cookie: the token goes with it.
void StickyCookie::Worker::learn(sluice::Exchange ex, const Visit& visit, const Pin& pin,
                                 const sluice::Endpoint& endpoint) {
  auto response = ex.response();
  bool is_changed = false;
  lines_.clear();
  for (std::size_t nth = 0; const auto line = response.get("set-cookie", nth); ++nth) {
    const auto token = settings_.keys->seal(pin, ex.upstream());
    auto changed = line->starts_with(visit.name) ? with_token(*line, visit.name, text(token)) : std::nullopt;
    is_changed = is_changed || changed;
    lines_.push_back(changed ? std::move(*changed) : std::string(*line));
  }
  if (!is_changed) return;
  if (!visit.has_pin || visit.pin.endpoint != pin.endpoint) ex.note("sticky.new", endpoint.address());
  response.remove("set-cookie");
  for (const auto& line : lines_)
    response.add("Set-Cookie", line);
}

}  // namespace

SLUICE_PLUGIN(StickyCookie, "sticky_cookie")
