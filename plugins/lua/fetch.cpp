// sluice.fetch: an HTTP request of the script's own, by the callout ability.
#include <sluice/ext/callout.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api.h"
#include "host.h"
#include "visit.h"
#include "wait.h"

namespace sluice::lua {

namespace {

void push_text(lua_State* state, std::string_view text) { lua_pushlstring(state, text.data(), text.size()); }

sluice_str text_at(lua_State* state, int index) {
  sluice_str text{};
  if (!lua_isnil(state, index)) text.data = luaL_checklstring(state, index, &text.size);
  return text;
}

class Fetch final : public Op {
 public:
  explicit Fetch(Call& call) : call_(call) {}
  ~Fetch() override {
    if (callout_ != nullptr) host.callout->cancel(callout_);
  }

  sluice_status start(const sluice_callout_request& request) {
    sluice_worker* worker = host.callout->worker(call_.visit->exchange);
    return host.callout->start(worker, &request, done, this, &callout_);
  }

  // { status, body, endpoint, took, names, values }; or nil, message, reason.
  int push(lua_State* state) override {
    if (!reason_.empty()) {
      lua_pushnil(state);
      push_text(state, detail_);
      push_text(state, reason_);
      return 3;
    }
    lua_createtable(state, 0, 6);
    lua_pushinteger(state, status_);
    lua_setfield(state, -2, "status");
    push_text(state, body_);
    lua_setfield(state, -2, "body");
    push_text(state, endpoint_);
    lua_setfield(state, -2, "endpoint");
    lua_pushnumber(state, took_);
    lua_setfield(state, -2, "took");
    push_list(state, "names", &Field::first);
    push_list(state, "values", &Field::second);
    return 1;
  }

 private:
  using Field = std::pair<std::string, std::string>;

  void push_list(lua_State* state, const char* name, std::string Field::* part) const {
    lua_createtable(state, static_cast<int>(fields_.size()), 0);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      push_text(state, fields_[i].*part);
      lua_rawseti(state, -2, static_cast<int>(i + 1));
    }
    lua_setfield(state, -2, name);
  }

  void take(const sluice_callout_result& result) {
    reason_ = view(result.reason);
    if (!reason_.empty()) {
      detail_ = result.detail.data == nullptr ? reason_ : reason_ + ": " + std::string(view(result.detail));
      return;
    }
    status_ = result.status;
    body_ = view(result.body);
    endpoint_ = view(result.endpoint);
    took_ = static_cast<double>(result.took_us) / 1e6;
    for (std::size_t i = 0; i < result.header_count; ++i)
      fields_.emplace_back(view(result.names[i]), view(result.values[i]));
  }

  static void done(const sluice_callout_result* result, void* self) {
    auto& fetch = *static_cast<Fetch*>(self);
    fetch.callout_ = nullptr;
    fetch.take(*result);
    complete(fetch.call_);
  }

  Call& call_;
  sluice_callout* callout_ = nullptr;
  std::string reason_, detail_, body_, endpoint_;
  std::vector<Field> fields_;
  std::int32_t status_ = 0;
  double took_ = 0;  // seconds
};

// The strings of the list at `index`; raises when one is none.
std::size_t check_list(lua_State* state, int index) {
  luaL_checktype(state, index, LUA_TTABLE);
  std::size_t count = lua_objlen(state, index);
  for (std::size_t i = 1; i <= count; ++i) {
    lua_rawgeti(state, index, static_cast<int>(i));
    luaL_checkstring(state, -1);
    lua_pop(state, 1);
  }
  return count;
}

std::vector<sluice_str> list_at(lua_State* state, int index, std::size_t count) {
  std::vector<sluice_str> list(count);
  for (std::size_t i = 0; i < count; ++i) {
    lua_rawgeti(state, index, static_cast<int>(i + 1));
    list[i].data = lua_tolstring(state, -1, &list[i].size);
    lua_pop(state, 1);  // the list keeps it
  }
  return list;
}

}  // namespace

// fetch(upstream, method, target, host, names, values, body, timeout_ms, limit): what start() refused, as its status; nothing once the
// response is there.
int fetch(lua_State* state) {
  sluice_callout_request request{};
  request.size = sizeof request;
  request.upstream = text_at(state, 1);
  request.method = text_at(state, 2);
  request.target = text_at(state, 3);
  request.host = text_at(state, 4);
  std::size_t count = check_list(state, 5);
  if (check_list(state, 6) != count) return luaL_error(state, "as many values as names");
  request.body = text_at(state, 7);
  request.timeout_ms = static_cast<std::uint64_t>(luaL_checknumber(state, 8));
  request.body_limit = static_cast<std::uint64_t>(luaL_checknumber(state, 9));
  request.header_count = count;
  Call& call = check_wait(state, "sluice.fetch");
  if (host.callout == nullptr) return luaL_error(state, "this host has no callouts (sluice.callout/1)");
  sluice_status status = SLUICE_OK;
  {
    std::vector<sluice_str> names = list_at(state, 5, count), values = list_at(state, 6, count);
    request.names = names.data();
    request.values = values.data();
    auto op = std::make_unique<Fetch>(call);
    status = op->start(request);
    if (status == SLUICE_OK) call.op = std::move(op);
  }
  if (status != SLUICE_OK) {
    lua_pushinteger(state, status);
    return 1;
  }
  return yield_wait(state, call);
}

}  // namespace sluice::lua
