// The endpoints of the chosen upstream, for plugins that balance: <sluice/ext/balance.h> in C++.
//
//   #include <sluice/cpp/balance.hpp>
//   sluice::Balance balance;   // in the constructor; a host without the ability gives one that is empty
//   sluice::Verdict on_balance(sluice::Exchange ex) {
//     for (std::size_t i = 0; i < balance.count(ex); ++i)
//       if (auto endpoint = balance.at(ex, i); endpoint && endpoint->is_usable()) ...
//
// What a host is too old for answers as if there were nothing: SLUICE_UNAVAILABLE, or no value. [worker's thread]
#ifndef SLUICE_CPP_BALANCE_HPP
#define SLUICE_CPP_BALANCE_HPP

#include <sluice/ext/balance.h>
#include <sluice/cpp/exchange.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice SLUICE_HIDDEN {

// One endpoint as it was when it was asked for. The views live until the exchange ends.
class Endpoint {
 public:
  explicit Endpoint(const sluice_endpoint_view& view) : view_(view) {}

  std::string_view address() const { return detail::view(view_.address); }
  std::string_view zone() const { return detail::view(view_.zone); }
  // The same for the same upstream name and address in every process. 0 from a host before 1.2.
  std::uint64_t id() const { return view_.id; }
  std::uint32_t weight() const { return view_.weight; }
  std::uint32_t priority() const { return view_.priority; }
  std::uint32_t in_flight() const { return view_.in_flight; }
  // Zero: nothing known.
  std::chrono::microseconds latency() const { return std::chrono::microseconds(view_.latency_us); }

  // Takes a new exchange, and has not been tried in this one.
  bool is_usable() const { return view_.usable; }
  bool was_tried() const { return view_.tried; }
  bool is_full() const { return view_.max_in_flight != 0 && view_.in_flight >= view_.max_in_flight; }
  // Whether any of these SLUICE_BLOCK_* holds.
  bool has_block(std::uint32_t blocks) const { return (view_.blocks & blocks) != 0; }

  const sluice_endpoint_view& raw() const { return view_; }

 private:
  sluice_endpoint_view view_;
};

class Balance {
 public:
  // In the plugin's constructor or later.
  Balance() : api_(ability<sluice_balance_api>(SLUICE_BALANCE)) {}

  // False: this host has no such ability.
  explicit operator bool() const { return api_ != nullptr; }
  // Whether find, current, hash and retry are there, and views have ids and blocks (1.2).
  bool has_sessions() const {
    return api_ && api_->size > offsetof(sluice_balance_api, retry) && api_->find && api_->current &&
           api_->hash && api_->retry;
  }

  std::size_t count(Exchange ex) const { return api_ ? api_->count(ex.raw()) : 0; }
  std::optional<Endpoint> at(Exchange ex, std::size_t index) const {
    sluice_endpoint_view view{};
    view.size = sizeof view;
    if (!api_ || api_->view(ex.raw(), index, &view) != SLUICE_OK) return std::nullopt;
    return Endpoint(view);
  }
  // In on_balance: this one for the coming attempt.
  Status pick(Exchange ex, std::size_t index) const {
    return api_ ? api_->pick(ex.raw(), index) : SLUICE_UNAVAILABLE;
  }

  // Index of the endpoint with this id, whatever its state.
  std::optional<std::size_t> find(Exchange ex, std::uint64_t id) const {
    std::size_t index = 0;
    if (!has_sessions() || api_->find(ex.raw(), id, &index) != SLUICE_OK) return std::nullopt;
    return index;
  }
  // Index of the current or latest attempt's endpoint.
  std::optional<std::size_t> current(Exchange ex) const {
    std::size_t index = 0;
    if (!has_sessions() || api_->current(ex.raw(), &index) != SLUICE_OK) return std::nullopt;
    return index;
  }
  // Up to on_balance: what consistent_hash and maglev hash in place of the upstream's `hash_on`.
  Status hash(Exchange ex, std::string_view key) const {
    return has_sessions() ? api_->hash(ex.raw(), key.data(), key.size()) : SLUICE_UNAVAILABLE;
  }
  // In on_response: let this response go and make another attempt.
  Status retry(Exchange ex) const { return has_sessions() ? api_->retry(ex.raw()) : SLUICE_UNAVAILABLE; }

 private:
  const sluice_balance_api* api_;
};

}  // namespace sluice SLUICE_HIDDEN

#endif
