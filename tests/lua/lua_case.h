// A gateway in memory with one Lua script, for the tests in this folder.
//
//   LuaCase lua(R"(return { on_route = function(req) req:set_upstream("beta") end })");
//   auto ex = lua.get("/");
//   CHECK(lua.run(SLUICE_ON_ROUTE, ex) == SLUICE_CONTINUE);
//
// The script is `script.lua` in a folder of its own, which is removed at the end; its upstreams are "app" (two endpoints)
// and "beta".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "support/fake_host.h"

namespace sluice::test {

// ThreadSanitizer delivers signals only when instrumented code runs, which an endless loop of Lua never does.
#ifdef __SANITIZE_THREAD__
inline constexpr bool kLoopsAreCut = false;
#else
inline constexpr bool kLoopsAreCut = true;
#endif

class LuaCase {
 public:
  // `settings`: more lines of the plugin's table.
  explicit LuaCase(std::string_view script, std::string_view settings = {});
  // Without loading; load() does it after files were written.
  LuaCase();
  ~LuaCase();
  LuaCase(const LuaCase&) = delete;
  LuaCase& operator=(const LuaCase&) = delete;

  void write(const std::string& name, std::string_view text) const;
  // Null when it was refused; host.problem_text() says why.
  FakePlugin* load(std::string_view script, std::string_view settings = {});

  FakeExchange get(std::string_view target, FakeHeaders headers = {}) {
    return host.exchange("GET", target, std::move(headers));
  }
  sluice_verdict run(sluice_phase phase, FakeExchange& ex) { return host.run(phase, ex); }
  sluice_verdict run(sluice_phase phase, FakeExchange& ex, std::string_view piece, bool last) {
    return host.run(phase, ex, piece, last);
  }

  FakeHost host;
  std::filesystem::path folder;
};

// A script whose on_request is `body`.
std::string request_script(std::string_view body);

// What `return ...` of `body` gives in an on_request of "GET target", joined by "|" as tostring() shows it; when it fails,
// "FAIL: " and the reason.
std::string result(std::string_view body, std::string_view target = "/", FakeHeaders headers = {});

}  // namespace sluice::test
