// Built-in "mirror": sends copies of requests to another upstream, whose answers the client never sees, and compares them.
//
//   on_request: chosen? -> on_request_body: copied as it passes -> on_upstream_request: head known -> callout
//   on_response, on_response_body: the main answer is looked at -> on_log ... the copy's answer, before or after -> compared
//
// Nothing here waits, answers or changes a message: the body hooks only observe, so that lengths stay as they are.
#include <sluice/ext/callout.h>
#include <sluice/ext/timer.h>
#include <sluice/plugin.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "copy.h"
#include "report.h"
#include "sample.h"
#include "settings.h"

namespace {

constexpr std::uint32_t bit(sluice_phase phase) { return 1u << phase; }

// The copies of one exchange: one for each use that has chosen it.
using Copies = std::vector<std::shared_ptr<mirror::Copy>>;

class Mirror {
 public:
  static constexpr const char* version = "1.0";
  static constexpr bool repeatable = true;
  static constexpr const char* summary =
      "Sends copies of requests to another upstream, for trying it out, and compares the answers.";
  static constexpr std::uint32_t observes = bit(SLUICE_ON_REQUEST_BODY) | bit(SLUICE_ON_RESPONSE_BODY);
  static inline const std::span<const sluice_key> keys = mirror::keys();

  explicit Mirror(const sluice::Create& create)
      : settings_(create), report_(settings_.log_lines), copies_("copies") {
    if (!sluice::ability<sluice_callout_api>(SLUICE_CALLOUT))
      throw std::runtime_error("this host has no callouts (ability sluice.callout/1)");
  }

  std::uint32_t wants() const {
    if (settings_.sample.none()) return 0;
    auto wanted = bit(SLUICE_ON_REQUEST) | bit(SLUICE_ON_REQUEST_BODY) | bit(SLUICE_ON_UPSTREAM_REQUEST) |
                  bit(SLUICE_ON_LOG);
    if (settings_.compare.any()) wanted |= bit(SLUICE_ON_RESPONSE);
    if (settings_.compare.body) wanted |= bit(SLUICE_ON_RESPONSE_BODY);
    return wanted;
  }

  class Worker {
   public:
    Worker(Mirror& mirror, std::uint32_t number)
        : mirror_(mirror),
          random_(seed() + number),
          callouts_(sluice::ability<sluice_callout_api>(SLUICE_CALLOUT)) {}

    void on_request(sluice::Exchange ex) {
      const auto& settings = mirror_.settings_;
      if (find(ex) || !is_eligible(ex) || !settings.sample.takes(ex, random_)) return;
      const auto length = ex.request().get("Content-Length");
      if (length && is_over(*length, settings.body_limit)) {
        mirror_.report_.dropped();
        note(ex, over_limit());
        return;
      }
      if (taken_ >= settings.max_in_flight) {
        mirror_.report_.dropped();
        note(ex, "dropped: too many under way");
        return;
      }
      const bool has_body = (length && *length != "0") || ex.request().has("Transfer-Encoding");
      auto* copies = mirror_.copies_.get(ex);
      if (!copies) copies = &mirror_.copies_.make(ex);
      copies->push_back(std::make_shared<mirror::Copy>(this, settings, mirror_.report_,
                                                       mirror::Place::take(taken_), has_body));
    }

    void on_request_body(sluice::Exchange ex, sluice::Chunk chunk) {
      auto* copy = find(ex);
      if (!copy || !copy->is_open()) return;
      if (!copy->take_body(chunk.bytes(), chunk.is_last())) {
        copy->drop();
        note(ex, over_limit());
        return;
      }
      send_if_ready(ex, *copy);
    }

    void on_upstream_request(sluice::Exchange ex) {
      auto* copy = find(ex);
      if (!copy || !copy->is_open()) return;
      copy->take_head(ex);
      send_if_ready(ex, *copy);
    }

    void on_response(sluice::Exchange ex) {
      if (auto* copy = find(ex)) copy->begin_answer(ex);
    }

    void on_response_body(sluice::Exchange ex, sluice::Chunk chunk) {
      if (auto* copy = find(ex)) copy->add_answer(chunk.bytes());
    }

    void on_log(sluice::Exchange ex) {
      auto* copy = find(ex);
      if (!copy) return;
      if (copy->is_open()) {
        copy->drop();
        note(ex, "dropped: it did not go upstream whole");
        return;
      }
      // An answer of the gateway's own says nothing of the upstream.
      copy->end_answer(!ex.get(SLUICE_REASON) && ex.number(SLUICE_IS_LOCAL) == 0);
    }

   private:
    static std::uint64_t seed() {
      const auto* timer = sluice::ability<sluice_timer_api>(SLUICE_TIMER);
      return timer ? timer->unix_us() : 0;
    }

    // Upgrades become tunnels, and a copy of a copy would never end.
    bool is_eligible(sluice::Exchange ex) const {
      const auto& settings = mirror_.settings_;
      return settings.takes(ex.method()) && !ex.request().has("Upgrade") &&
             (settings.marker.empty() || !ex.request().has(settings.marker));
    }

    // The parser has seen that it is a number.
    static bool is_over(std::string_view length, std::uint64_t limit) {
      length.remove_prefix(std::min(length.find_first_not_of('0'), length.size()));
      const auto most = std::to_string(limit);
      return length.size() != most.size() ? length.size() > most.size() : length > most;
    }

    std::string over_limit() const {
      return "dropped: body over " + std::to_string(mirror_.settings_.body_limit) + " bytes";
    }

    void send_if_ready(sluice::Exchange ex, mirror::Copy& copy) {
      if (!copy.is_ready()) return;
      switch (copy.send(callouts_->worker(ex.raw()))) {
        case SLUICE_OK: note(ex, "sent"); break;
        case SLUICE_TOO_LARGE: note(ex, "dropped: over a limit of the gateway's"); break;
        default: note(ex, "dropped: refused"); break;
      }
    }

    // Several uses may have something to say.
    static void note(sluice::Exchange ex, std::string_view text) {
      const auto before = ex.note("mirror");
      ex.note("mirror", before ? std::string(*before) + ", " + std::string(text) : std::string(text));
    }

    mirror::Copy* find(sluice::Exchange ex) const {
      auto* copies = mirror_.copies_.get(ex);
      if (!copies) return nullptr;
      for (auto& copy : *copies)
        if (copy->owner() == this) return copy.get();
      return nullptr;
    }

    Mirror& mirror_;
    mirror::Random random_;
    const sluice_callout_api* callouts_;
    std::uint32_t taken_ = 0;
  };

 private:
  mirror::Settings settings_;
  mirror::Report report_;
  sluice::Slot<Copies> copies_;
};

}  // namespace

SLUICE_PLUGIN(Mirror, "mirror")
