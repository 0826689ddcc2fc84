// The program's commands, and what it does with the outputs that it is given.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

std::string program() {
  const char* named = std::getenv("SLUICE_PROGRAM");
  return named != nullptr ? named : SLUICE_BINARY_DIR "/sluice";
}

// Through a shell, so that its outputs can be anything: "2>&-".
Command sluice(const std::string& arguments, const std::string& redirections = "") {
  return {{"sh", "-c", "exec '" + program() + "' " + arguments + " " + redirections}};
}

constexpr std::string_view kGood = R"(
[[listener]]
address = "127.0.0.1:0"
[[plugin]]
use = "access_log"
to = "access.log"
[[route]]
respond = 204
)";

TEST_CASE("A closed standard output or error is never another file's number") {
  TempDir dir;
  dir.write("a.toml", kGood);
  Process process(sluice("run -c " + (dir.path() / "a.toml").string(), "<&- >&- 2>&-"));
  const auto is_null = [&](int fd) {
    std::error_code fault;
    const auto link =
        fs::read_symlink("/proc/" + std::to_string(process.pid()) + "/fd/" + std::to_string(fd), fault);
    return !fault && link == "/dev/null";
  };
  // It serves, plugins loaded, once the log file is there.
  CHECK(eventually([&] { return fs::exists(dir.path() / "access.log"); }));
  CHECK(is_null(0));
  CHECK(is_null(1));
  CHECK(is_null(2));
  process.signal(SIGTERM);
  CHECK(process.wait() == 0);
}

TEST_CASE("Outputs that cannot be written cost their text only") {
  TempDir dir;
  dir.write("good.toml", kGood);
  dir.write("bad.toml", "nonsense = 1\n");
  const std::string good = " -c " + (dir.path() / "good.toml").string();
  const std::string bad = " -c " + (dir.path() / "bad.toml").string();
  CHECK(run(sluice("check" + bad, "2>/dev/full")).code == 1);
  CHECK(run(sluice("check" + good, ">/dev/full")).code == 0);
  CHECK(run(sluice("run" + bad, "2>/dev/full")).code == 1);
  CHECK(run(sluice("plan" + good, ">/dev/full")).code == 3);
  CHECK(run(sluice("reference", ">/dev/full")).code == 3);
}

TEST_CASE("Checking and planning leave no files behind") {
  TempDir dir;
  dir.write("good.toml", kGood);
  const std::string good = " -c " + (dir.path() / "good.toml").string();
  CHECK(run(sluice("check" + good)).code == 0);
  CHECK(run(sluice("plan" + good)).code == 0);
  CHECK_FALSE(fs::exists(dir.path() / "access.log"));
}

TEST_CASE("A check says everything at once, and nothing that is not so") {
  TempDir dir;
  dir.write("bad.toml", R"(workers = "many"
[[listener]]
address = "127.0.0.1:0"
[[upstream]]
name = "app"
endpoints = ["127.0.0.1:19001"]
[[route]]
upstream = "app"
match = { path = "x" }
[[route]]
upstream = "ap"
[[plugin]]
use = "lau"
[[plugin]]
use = "access_log"
format = "x"
[[plugin]]
use = "lua"
)");
  const auto file = (dir.path() / "bad.toml").string();
  const auto checked = run(sluice("check -c " + file));
  CHECK(checked.code == 1);
  INFO(checked.errors);
  for (const char* each :
       {":1:11: workers: ", ":9:18: route[1].match[1].path: ", ":11:12: route[2].upstream: ",
        ":13:7: plugin[1].use: ", ":16:10: plugin[2]: ", ":17:1: plugin[3]: key \"script\" is missing"})
    CHECK_THAT(checked.errors, ContainsSubstring(file + each));
  CHECK_THAT(checked.errors, ContainsSubstring(": 6 problems\n"));
  CHECK_FALSE(checked.errors.contains("unknown key"));
}

TEST_CASE("A reload on what has not changed is no work, and one on a changed script is") {
  Origin origin(always(response(200, "origin")));
  const auto text = proxy_to(origin, "[[plugin]]\nuse = \"lua\"\nscript = \"a.lua\"");
  TempDir dir;
  dir.write("a.lua", "return { on_request = function(req) req:respond(200, 'one') end }");
  const auto with_script = [&](std::string configuration) {
    const std::string name = "a.lua";
    return configuration.replace(configuration.find(name), name.size(), (dir.path() / name).string());
  };
  Gateway gateway(with_script(text));
  CHECK(gateway.once(get("/")).body == "one");
  gateway.reload("# says the same\n" + with_script(text));
  CHECK_THAT(gateway.log(), ContainsSubstring("reloaded: unchanged, snapshot 1 goes on"));
  dir.write("a.lua", "return { on_request = function(req) req:respond(200, 'two') end }");
  gateway.reload(with_script(text));
  CHECK_THAT(gateway.log(), ContainsSubstring("reloaded: snapshot 2 serves"));
  CHECK(gateway.once(get("/")).body == "two");
}

TEST_CASE("Plugins that do not say what they read are made anew at each reload") {
  Origin origin;
  const auto text = proxy_to(origin, "[[plugin]]\nuse = \"" SLUICE_BINARY_DIR "/tests/objects/serving.so\"");
  Gateway gateway(text);
  gateway.reload(text);
  CHECK_THAT(gateway.log(), ContainsSubstring("reloaded: snapshot 2 serves"));
}

TEST_CASE("conf/PLUGINS.md is what the built-ins' key tables say") {
  const auto said = run(sluice("reference --plugins")).output;
  const fs::path file = fs::path(SLUICE_SOURCE_DIR) / "conf/PLUGINS.md";
  if (std::getenv("SLUICE_UPDATE_GOLDEN")) std::ofstream(file, std::ios::binary) << said;
  CHECK(read_file(file) == said);
}

TEST_CASE("The reference of one plugin has its keys; a wrong name gets the nearest") {
  CHECK_THAT(run(sluice("reference access_log")).output,
             ContainsSubstring("| `queue` | size | `\"1MiB\"` |"));
  CHECK_THAT(run(sluice("reference router")).output, ContainsSubstring("| `match` |"));
  const auto wrong = run(sluice("reference acces_log"));
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.errors, ContainsSubstring("did you mean \"access_log\"?"));
}

TEST_CASE("The version names what is linked in") {
  const auto said = run(sluice("--version")).output;
  for (const char* each :
       {"libuv ", "llhttp ", "toml++ ", "fmt ", "spdlog ", "CLI11 ", "LuaJIT ", "PCRE2 ", "libsodium "})
    CHECK_THAT(said, ContainsSubstring(each));
}

}  // namespace
}  // namespace sluice::test
