// What hooks do to an exchange, called by the ABI's table (plugin/host_exchange.cpp): each says whether it was possible, and changes
// nothing if not.
#include <algorithm>

#include "base/ascii.h"
#include "exchange/exchange.h"
#include "http/authority.h"
#include "http/normalise.h"

namespace sluice {

void Exchange::fail_reason(std::string_view text) { fail_reason_ = arena_.copy(text.substr(0, 4096)); }

sluice_status Exchange::want_whole_body(bool response, std::uint64_t limit) {
  const auto now = phase();
  if (response) {
    if (now != SLUICE_ON_RESPONSE) return SLUICE_WRONG_PHASE;
    whole_response_limit_ = want_whole_response_ ? std::min(whole_response_limit_, limit) : limit;
    want_whole_response_ = true;
    return SLUICE_OK;
  }
  if (now != SLUICE_ON_REQUEST && now != SLUICE_ON_ROUTE) return SLUICE_WRONG_PHASE;
  if (whole_request_ready_ && whole_request_.size() > limit) return SLUICE_TOO_LARGE;
  whole_request_limit_ = want_whole_request_ ? std::min(whole_request_limit_, limit) : limit;
  want_whole_request_ = true;
  return SLUICE_OK;
}

std::optional<std::string_view> Exchange::whole_request_body() const {
  if (!whole_request_ready_) return {};
  return std::string_view(whole_request_);
}

sluice_status Exchange::select_route(int index) {
  const auto now = phase();
  if (now != SLUICE_ON_REQUEST && now != SLUICE_ON_ROUTE) return SLUICE_WRONG_PHASE;
  if (index < 0 || static_cast<std::size_t>(index) >= plan().routes.size()) return SLUICE_NOT_FOUND;
  if (index != route_ && ++choices_ > kChoices) return SLUICE_INVALID;
  const bool is_new = std::exchange(route_, index) != index;
  const auto& route = plan().routes[static_cast<std::size_t>(index)];
  chains_[ChainCursor::kChosen] = &plan_.routes[static_cast<std::size_t>(index)];
  if (is_new) {
    go_back_to(ChainCursor::kChosen);
    if (group_by_route_) {
      // The upstream came with the route before this one.
      group_ = picked_ = member_ = -1;
      set_.reset();
      tried_.clear();
      chains_[ChainCursor::kChosen + 1] = nullptr;
    }
  }
  const auto total = std::exchange(policy_, &route.policy[listener_])->total;
  retry_.reset();
  if (policy_->total != total) arm_total();
  // A hook's own choice before routing stands; all else of the route counts.
  const int group = early_group_ >= 0 ? early_group_ : route.group;
  if (group < 0) return SLUICE_OK;
  use_group(group);
  group_by_route_ = early_group_ < 0;
  return SLUICE_OK;
}

// From the request's beginning, whenever its length becomes known. Cut to sixteenths, since each length has a list (net/timeout.h).
void Exchange::arm_total() {
  const auto total = policy().total;
  if (total.count() == 0) {
    total_timeout_.cancel();
    return;
  }
  const auto step = std::max<std::int64_t>(1, total.count() / 16);
  const auto gone = static_cast<std::int64_t>((home_.loop().now_ns() - started_ns_) / 1'000'000);
  arm(total_timeout_,
      std::chrono::milliseconds(std::max<std::int64_t>(step, total.count() - gone / step * step)));
}

sluice_status Exchange::select_group(int index) {
  const auto now = phase();
  if (now != SLUICE_ON_REQUEST && now != SLUICE_ON_ROUTE && now != SLUICE_ON_BALANCE)
    return SLUICE_WRONG_PHASE;
  if (index < 0 || static_cast<std::size_t>(index) >= plan().groups.size()) return SLUICE_NOT_FOUND;
  if (index != group_ && ++choices_ > kChoices) return SLUICE_INVALID;
  group_by_route_ = false;
  if (route_ < 0) early_group_ = index;
  use_group(index);
  return SLUICE_OK;
}

sluice_status Exchange::override_group(int index) {
  const auto now = phase();
  if (now != SLUICE_ON_REQUEST && now != SLUICE_ON_ROUTE) return SLUICE_WRONG_PHASE;
  if (index < -1 || index >= static_cast<int>(plan().groups.size())) return SLUICE_NOT_FOUND;
  override_ = index;
  return SLUICE_OK;
}

void Exchange::use_group(int index) {
  if (std::exchange(group_, index) == index) return;
  retry_.reset();
  in_budget_ = false;
  // Both are places in the group before.
  picked_ = member_ = -1;
  set_.reset();
  tried_.clear();
  chains_[ChainCursor::kChosen + 1] = &plan_.groups[static_cast<std::size_t>(index)];
  go_back_to(ChainCursor::kChosen + 1);
}

sluice_status Exchange::select_endpoint(int member) {
  if (phase() != SLUICE_ON_BALANCE) return SLUICE_WRONG_PHASE;
  if (member < 0 || set() == nullptr || static_cast<std::size_t>(member) >= set()->members().size())
    return SLUICE_NOT_FOUND;
  if ((set()->members()[static_cast<std::size_t>(member)].endpoint->blocks() &
       (block_disabled | block_gone)) != 0)
    return SLUICE_INVALID;
  picked_ = member;
  return SLUICE_OK;
}

// Up to on_upstream_request the request can still be changed.
bool Exchange::request_is_open() const {
  return answer_ == Answer::none && stage_ != Stage::streaming && stage_ != Stage::done && !logged_;
}

sluice_status Exchange::set_path(std::string_view path) {
  if (!request_is_open()) return SLUICE_WRONG_PHASE;
  if (path.size() > 64 * 1024) return SLUICE_TOO_LARGE;
  auto fresh = normalise_path(arena_, arena_.copy(path));
  if (!fresh || path.find_first_of("?#") != std::string_view::npos) return SLUICE_INVALID;
  // "*" asks about the server as a whole (RFC 9110 9.3.7).
  if (*fresh == "*" && request_.method != "OPTIONS") return SLUICE_INVALID;
  path_ = *fresh;
  target_changed_ = true;
  return SLUICE_OK;
}

sluice_status Exchange::set_query(std::string_view query, bool present) {
  if (!request_is_open()) return SLUICE_WRONG_PHASE;
  // Visible ASCII without '#' (RFC 3986 3.4).
  for (char c : query)
    if (c <= ' ' || c >= 0x7f || c == '#') return SLUICE_INVALID;
  request_.query = arena_.copy(query);
  request_.has_query = present;
  target_changed_ = true;
  return SLUICE_OK;
}

sluice_status Exchange::set_method(std::string_view method) {
  if (!request_is_open()) return SLUICE_WRONG_PHASE;
  // CONNECT changes what the message means; HEAD, what its answer may carry.
  if (!ascii::is_token(method) || method.size() > 32 || method == "CONNECT" ||
      (method == "HEAD") != request_.is_head())
    return SLUICE_INVALID;
  request_.method = arena_.copy(method);
  return SLUICE_OK;
}

sluice_status Exchange::set_authority(std::string_view authority) {
  if (!request_is_open()) return SLUICE_WRONG_PHASE;
  if (!parse_authority(authority)) return SLUICE_INVALID;
  authority_ = arena_.copy(authority);
  authority_changed_ = true;
  host_ = {};
  return SLUICE_OK;
}

sluice_status Exchange::set_status(int status) {
  if (phase() != SLUICE_ON_RESPONSE && phase() != SLUICE_ON_ERROR) return SLUICE_WRONG_PHASE;
  if (status < 200 || status > 599 || response_->status == 101) return SLUICE_INVALID;
  // 204 and 304 have no body: a body on its way cannot become none.
  if ((status == 204 || status == 304) && response_plan_.kind != BodyPlan::none && !local_)
    return SLUICE_INVALID;
  // The length that a 304 tells is that of a body which is not here.
  if (response_->status == 304 && status != 304 && !request_.is_head() && !local_) response_plan_ = {};
  response_->status = status;
  if (status == 204 || status == 304) local_body_ = {};
  return SLUICE_OK;
}

sluice_status Exchange::note(std::string_view name, std::string_view value) {
  if (name.empty() || name.size() > 64) return SLUICE_INVALID;
  for (char c : name)
    if (!((c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '_' || c == '.')) return SLUICE_INVALID;
  const Note fresh{arena_.copy(name), arena_.copy(value.substr(0, 1024))};
  for (auto& note : notes_.view()) {
    if (note.name == name) {
      note.value = fresh.value;
      return SLUICE_OK;
    }
  }
  notes_.push(arena_, fresh);
  return SLUICE_OK;
}

HeaderMap* Exchange::header_map(sluice_map which, bool writable) {
  const auto now = phase();
  switch (which) {
    case SLUICE_REQUEST_HEADERS: return writable && !request_is_open() ? nullptr : &request_.headers;
    case SLUICE_UPSTREAM_HEADERS: return now == SLUICE_ON_UPSTREAM_REQUEST ? &upstream_headers_ : nullptr;
    case SLUICE_RESPONSE_HEADERS:
      // Also before on_response once respond() has made them.
      if (writable) return answer_ < Answer::head_sent && !logged_ ? &response_->headers : nullptr;
      return response_->status != 0 ? &response_->headers : nullptr;
    case SLUICE_REQUEST_TRAILERS: return writable ? nullptr : &request_.trailers;
    case SLUICE_RESPONSE_TRAILERS:
      return writable && answer_ == Answer::done ? nullptr : &response_->trailers;
  }
  return nullptr;
}

void Exchange::set_slot(std::size_t index, void* value) {
  if (slots_ == nullptr) {
    slots_ = static_cast<void**>(arena_.allocate(kSlots * sizeof(void*), alignof(void*)));
    std::fill_n(slots_, kSlots, nullptr);
  }
  slots_[index] = value;
}

}  // namespace sluice
