// One request's copy, from being chosen to its answer; shared by the exchange's slot and the callout, whichever ends last.
//
//   chosen --on_request_body: body copied as it passes--> head known and body whole --send()--> under way --> answered
//      '--dropped: too long, no place, broke off
//   compared when both answers are whole, in whichever order they come
#pragma once

#include <sluice/cpp/callout.hpp>
#include <sluice/plugin.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answer.h"
#include "report.h"
#include "settings.h"

namespace mirror {

// A worker's places for copies. Taken for as long as a copy holds a body or is under way.
class Place {
 public:
  Place() = default;
  Place(Place&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(taken_, other.taken_);
    return *this;
  }
  ~Place() { give_back(); }
  static Place take(std::uint32_t& taken) {
    ++taken;
    Place place;
    place.taken_ = &taken;
    return place;
  }
  void give_back() {
    if (taken_) --*std::exchange(taken_, nullptr);
  }

 private:
  std::uint32_t* taken_ = nullptr;
};

class Copy : public std::enable_shared_from_this<Copy> {
 public:
  // `owner`: the worker's object of the use that chose it. Both references outlive it.
  Copy(const void* owner, const Settings& settings, Report& report, Place place, bool expects_body);

  const void* owner() const { return owner_; }

  // ---- the request ----
  // What goes upstream is known; once.
  void take_head(sluice::Exchange ex);
  // False: it is too long now.
  bool take_body(std::string_view bytes, bool is_last);
  bool is_ready() const { return has_head_ && is_whole_ && state_ == State::choosing; }
  bool is_open() const { return state_ == State::choosing; }
  sluice::Status send(sluice_worker* worker);
  void drop();

  // ---- the main answer ----
  void begin_answer(sluice::Exchange ex);
  void add_answer(std::string_view bytes) { print_.add(bytes); }
  // The exchange is over, its answer whole or not.
  void end_answer(bool is_whole);

 private:
  enum class State { choosing, sent, over };
  static void on_done(const sluice_callout_result* result, void* user) noexcept;
  void answered(const sluice_callout_result& result);
  void compare();

  const void* owner_;
  const Settings& settings_;
  Report& report_;
  Place place_;
  State state_ = State::choosing;
  bool has_head_ = false, is_whole_;
  std::string method_, target_, host_, body_, request_id_;
  std::vector<std::pair<std::string, std::string>> headers_;
  Answer main_;
  BodyPrint print_;
  std::optional<bool> main_whole_;
  std::optional<Answer> copy_;
};

}  // namespace mirror
