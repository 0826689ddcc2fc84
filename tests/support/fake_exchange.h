// One request and its response for plugin tests, in memory, behind the `sluice_exchange_api`.
//
// Made by FakeHost::exchange(); hooks run on it through FakeHost::run(). It holds to the contracts of exchange.h: in which
// hook what may be set, which headers may be written, what a path becomes. It is what a plugin's `sluice_exchange*` points
// to. One thread, but for the token functions.
#pragma once

#include <sluice/exchange.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

class FakeHost;
struct FakeWait;

using FakeHeaders = std::vector<std::pair<std::string, std::string>>;

class FakeExchange {
 public:
  // `target`: "/path?query", "http://host/path" or "*". Without a Host header the host is "localhost".
  FakeExchange(FakeHost& host, std::string method, std::string_view target, FakeHeaders headers);
  ~FakeExchange();
  FakeExchange(const FakeExchange&) = delete;
  FakeExchange& operator=(const FakeExchange&) = delete;

  // ---- before hooks run ----
  // Any field, without the rules for plugins: with(SLUICE_CLIENT, "10.0.0.1").
  FakeExchange& with(sluice_field field, std::string value);
  // As if the message said nothing of it: without(SLUICE_HOST) for HTTP/1.0.
  FakeExchange& without(sluice_field field);
  FakeExchange& with(sluice_number which, std::int64_t value);
  // As if an earlier plugin had selected this route. Throws std::invalid_argument for an unknown one.
  FakeExchange& with_route(std::string_view name);
  // The whole request body, as body_whole() gathers it.
  FakeExchange& with_body(std::string body);
  // How often balance->retry() may still succeed (1).
  FakeExchange& with_attempts_left(int attempts) {
    attempts_left_ = attempts;
    return *this;
  }
  // As if the upstream had answered so. with(SLUICE_ENDPOINT, address) says which of its endpoints did.
  FakeExchange& answered(int status, FakeHeaders headers = {}, std::string body = {});

  // ---- after ----
  bool has(sluice_field field) const { return fields_[field].has_value(); }
  std::string field(sluice_field field) const { return fields_[field].value_or(""); }
  std::int64_t number(sluice_number which) const { return numbers_[which]; }
  int status() const { return static_cast<int>(numbers_[SLUICE_STATUS]); }
  bool is_local() const { return numbers_[SLUICE_IS_LOCAL] == 1; }
  const std::string& response_body() const { return response_body_; }
  // What a body hook passed on: the replacement if it made one, else the piece.
  const std::string& passed_on() const { return passed_on_; }
  const std::string& fail_reason() const { return fail_reason_; }
  std::int64_t route_index() const { return route_index_; }
  std::int64_t picked_endpoint() const { return picked_endpoint_; }
  // What balance->hash() was given.
  std::optional<std::string> hash_key() const { return hash_key_; }
  // Whether balance->retry() said yes.
  bool wants_retry() const { return wants_retry_; }
  // The limit of a body_whole() call.
  std::optional<std::uint64_t> wants_body(bool response) const { return wants_body_[response]; }

  FakeHeaders& headers(sluice_map map) { return maps_[map]; }
  // First field line of that name, or "".
  std::string header(sluice_map map, std::string_view name) const;
  std::vector<std::string> header_lines(sluice_map map, std::string_view name) const;
  std::string note(std::string_view name) const;
  const FakeHeaders& notes() const { return notes_; }

 private:
  friend class FakeHost;
  friend struct FakeExchangeCalls;
  friend struct FakeAbilityCalls;

  bool in(sluice_phase first, sluice_phase last) const { return phase_ >= first && phase_ <= last; }
  sluice_status set_path(std::string_view path);
  sluice_status set_authority(std::string_view authority);

  FakeHost& host_;
  std::array<std::optional<std::string>, 19> fields_;
  std::array<std::int64_t, 15> numbers_{};
  std::array<FakeHeaders, 5> maps_;
  FakeHeaders notes_;
  std::map<std::int32_t, void*> slots_;
  std::optional<std::string> request_body_;
  std::string response_body_;
  std::string passed_on_;
  std::string fail_reason_;
  std::optional<std::uint64_t> wants_body_[2];
  std::int64_t route_index_ = -1;
  std::int64_t picked_endpoint_ = -1;
  std::optional<std::string> hash_key_;
  int attempts_left_ = 1;
  bool wants_retry_ = false;
  std::int64_t override_ = -1;  // upstream_override()
  bool responded_ = false;
  bool has_response_ = false;

  // Where the chain is.
  int phase_ = -1;
  std::size_t next_plugin_ = 0;
  std::shared_ptr<FakeWait> wait_;
  sluice_chunk chunk_{};  // of the running body hook
  std::string held_piece_;
};

// The functions over FakeExchanges. Static lifetime.
const sluice_exchange_api& fake_exchange_api();
// True for names that frame a message, which plugins may not write (exchange.h, header_set).
bool is_framing_header(std::string_view name);

inline sluice_exchange* to_abi(FakeExchange& ex) { return reinterpret_cast<sluice_exchange*>(&ex); }
inline FakeExchange& from_abi(sluice_exchange* ex) { return *reinterpret_cast<FakeExchange*>(ex); }

}  // namespace sluice::test
