// The router: every route of a snapshot, compiled; decides in on_route.
//
//   create() -> Router (read-only) -> create_worker() -> Worker (scratch memory, random numbers) -> hooks
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions.h"
#include "host.h"
#include "index.h"

namespace sluice::router {

class Router {
 public:
  // Null after reporting what is wrong.
  static std::unique_ptr<Router> create(const sluice_create& args);

  const Index& index() const { return index_; }
  // Null when the route only names an upstream.
  const Actions* actions(std::size_t route) const {
    return routes_[route].actions ? &*routes_[route].actions : nullptr;
  }
  std::string_view route_name(std::size_t route) const { return routes_[route].name; }
  const std::vector<std::uint32_t>& patterns_of(std::size_t route) const { return routes_[route].patterns; }
  bool edits_responses() const { return edits_responses_; }
  bool explains() const { return explains_; }
  std::uint32_t match_limit() const { return match_limit_; }

 private:
  struct Route {
    std::string_view name;  // the host's, as long as this
    std::vector<std::uint32_t> patterns;
    std::optional<Actions> actions;
  };

  explicit Router(bool ignore_trailing_slash) : index_(ignore_trailing_slash) {}
  void read_route(const sluice_create& args, const Node& node, std::uint32_t route);
  void read_match(const sluice_create& args, const Node& match, std::uint32_t route);
  void read_actions(const sluice_create& args, const Node& node, std::uint32_t route);
  void check_conflicts(const sluice_create& args, std::string_view policy, Report& report);

  Index index_;
  std::vector<Route> routes_;
  bool edits_responses_ = false;
  bool explains_ = false;
  std::uint32_t match_limit_ = 0;
};

// One worker's share; its thread alone.
class Worker {
 public:
  explicit Worker(const Router& router);
  bool is_usable() const { return scratch_.is_usable(); }

  sluice_verdict on_route(sluice_exchange* ex);
  sluice_verdict on_response(sluice_exchange* ex) const;

 private:
  sluice_verdict on_selected(sluice_exchange* ex, std::size_t route);
  // An expression gave up where it decides.
  sluice_verdict undecided(sluice_exchange* ex) const;
  void note_params(sluice_exchange* ex, const Captures& captures) const;

  const Router& router_;
  Scratch scratch_;
  Random random_;
  std::string buffer_;
};

// Why the request went where it went, or nowhere, in one line.
std::string explain(const Router& router, Request& request, const Entry* found, const Trace& trace);

}  // namespace sluice::router
