// From a configuration to instances: what create() sees, in which order, and how it all ends.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <unistd.h>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "plugin/routes_ability.h"
#include "plugin/uses.h"

namespace {

using namespace sluice;
using Catch::Matchers::ContainsSubstring;

// The probe plugin (tests/abi/objects/probe.cpp) remembers the host of its first load, so there is one for all tests.
struct Bench {
  sluice_exchange_api exchange{};
  Host host{exchange};
  Registry registry{host, {SLUICE_BINARY_DIR "/tests/objects"}};
  sluice_routes_api routes = routes_at_create();
  std::string record;

  Bench() {
    host.add_ability("test.record/1", &record);
    host.add_ability(SLUICE_ROUTES, &routes);
  }
  static Bench& get() {
    static Bench bench;
    bench.record.clear();
    return bench;
  }
};

struct Made {
  std::unique_ptr<Uses> uses;
  config::Problems problems;
};

Made make(Bench& bench, std::string text) {
  auto config = config::load_text("workers = 2\n" + text, "/etc/sluice/test.toml");
  INFO((config ? "" : config.error().text()));
  REQUIRE(config.has_value());
  Made made;
  made.uses = make_uses(bench.host, bench.registry, *config, 1, made.problems);
  made.problems.sort();
  return made;
}

constexpr auto kListener = "listener = { address = ':80' }\n";

}  // namespace

TEST_CASE(
    "uses are made in the order of the file, each worker's state after its instance, and unmade in reverse") {
  auto& bench = Bench::get();
  auto made = make(bench, R"(
[[plugin]]
use = "probe"
label = "a"
[[listener]]
address = ":80"
name = "web"
plugin = { use = "probe", label = "b", wait = "1s", nested.depth = 4 }
)");
  INFO(made.problems.text());
  REQUIRE(made.uses);
  CHECK_THAT(bench.record,
             ContainsSubstring("create a at global wait 5000 depth 3\n upstream -1\nworker a 0\nworker a 1\n"
                               "create b at listener web wait 1000 depth 4\n upstream -1\nworker b 0\n"
                               "worker b 1\n"));
  CHECK(made.uses->global[0]->label() == "probe@global");
  CHECK(made.uses->listeners[0][0]->label() == "probe@listener web");
  bench.record.clear();
  made.uses.reset();
  CHECK_THAT(bench.record, ContainsSubstring("destroy worker a 0\ndestroy worker a 1\ndestroy a a\n"));
  CHECK_THAT(bench.record, ContainsSubstring("destroy b b\n"));
}

TEST_CASE("a plugin that routes sees the routes with the defaults of its own keys") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + R"(
plugin = { use = "probe", label = "a" }
upstream = { name = "app", endpoints = ["127.0.0.1:1"] }
[[route]]
name = "api"
probe_path = "/api"
[[route]]
upstream = "app"
)");
  INFO(made.problems.text());
  REQUIRE(made.uses);
  CHECK_THAT(bench.record, ContainsSubstring(" route api /api\n route route-2 /default\n upstream 0\n"));
  CHECK(made.uses->global.size() == 1);
}

TEST_CASE("libraries, tables and routes give every problem at once; nothing wrong is created") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + R"(
[[plugin]]
use = "probe"
lable = "a"
wait = 5
nested.deph = 1
rule = [{ depth = "x" }]
[[plugin]]
use = "prob"
[[plugin]]
use = "./gone.so"
[[route]]
probe_pth = "/"
)");
  CHECK_FALSE(made.uses);
  CHECK(made.problems.text() ==
        R"(/etc/sluice/test.toml:4:1: plugin[1]: key "label" is missing: what it is called
/etc/sluice/test.toml:6:1: plugin[1].lable: unknown key; did you mean "label"?
/etc/sluice/test.toml:7:8: plugin[1].wait: 5 has no unit; write "5s" or "5ms"
/etc/sluice/test.toml:8:8: plugin[1].nested.deph: unknown key; did you mean "depth"?
/etc/sluice/test.toml:9:19: plugin[1].rule[1].depth: "x" is a string; needs a whole number, without quotes
/etc/sluice/test.toml:11:7: plugin[2].use: no built-in plugin is called "prob"; did you mean "probe"?
/etc/sluice/test.toml:13:7: plugin[3].use: cannot load /etc/sluice/gone.so: No such file or directory
/etc/sluice/test.toml:15:1: route[1].probe_pth: unknown key; did you mean "probe_path"?
)");
  CHECK(bench.record.find("create") == std::string::npos);
}

TEST_CASE("with a plugin missing, keys of routes that may be its are not called unknown") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + R"(
[[plugin]]
use = "./gone.so"
[[route]]
match = { path = "/" }
)");
  CHECK_FALSE(made.uses);
  CHECK(
      made.problems.text() ==
      "/etc/sluice/test.toml:5:7: plugin[1].use: cannot load /etc/sluice/gone.so: No such file or directory\n");
}

TEST_CASE("problems of a route stand at the route, whichever plugin finds them") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + R"(
[[plugin]]
use = "probe"
label = "routes"
[[route]]
probe_path = "/good"
[[route]]
probe_path = "bad"
)");
  CHECK_FALSE(made.uses);
  CHECK(made.problems.text() == "/etc/sluice/test.toml:10:14: route[2].probe_path: must begin with /\n");
}

TEST_CASE("a use is the same while keys, library and the files that it read are") {
  auto& bench = Bench::get();
  const auto file = std::filesystem::temp_directory_path() / ("sluice-reads-" + std::to_string(::getpid()));
  std::ofstream(file) << "one";
  const auto text =
      std::string(kListener) + "plugin = { use = 'probe', label = 'reads " + file.string() + "' }\n";
  auto made = make(bench, text);
  REQUIRE(made.uses);
  const auto fresh = [&](const std::string& changed) {
    return *config::load_text("workers = 2\n" + changed, "/etc/sluice/test.toml");
  };
  CHECK(is_same(*made.uses, bench.registry, *fresh("# a word\n" + text)));
  CHECK_FALSE(is_same(*made.uses, bench.registry, *fresh("drain = '9s'\n" + text)));
  std::ofstream(file) << "two";
  CHECK_FALSE(is_same(*made.uses, bench.registry, *fresh(text)));
  std::ofstream(file) << "one";
  CHECK(is_same(*made.uses, bench.registry, *fresh(text)));
  std::filesystem::remove(file);
  CHECK_FALSE(is_same(*made.uses, bench.registry, *fresh(text)));
}

TEST_CASE("a plugin's table is checked by its keys like the gateway's own") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + R"(
[[plugin]]
use = "probe"
lable = "a"
wait = 5
nested.deph = 1
rule = [{ depth = "x" }]
)");
  CHECK_FALSE(made.uses);
  CHECK(made.problems.text() ==
        R"(/etc/sluice/test.toml:4:1: plugin[1]: key "label" is missing: what it is called
/etc/sluice/test.toml:6:1: plugin[1].lable: unknown key; did you mean "label"?
/etc/sluice/test.toml:7:8: plugin[1].wait: 5 has no unit; write "5s" or "5ms"
/etc/sluice/test.toml:8:8: plugin[1].nested.deph: unknown key; did you mean "depth"?
/etc/sluice/test.toml:9:19: plugin[1].rule[1].depth: "x" is a string; needs a whole number, without quotes
)");
}

TEST_CASE("problems that create() reports stand at their keys, those at defaults at the table") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + R"(
[[plugin]]
use = "probe"
label = "refuse"
[[plugin]]
use = "probe"
label = "silent"
[[plugin]]
use = "throws_create"
)");
  CHECK_FALSE(made.uses);
  CHECK(made.problems.text() == R"(/etc/sluice/test.toml:4:1: plugin[1]: and a default
/etc/sluice/test.toml:6:9: plugin[1]: "refuse" is refused; take another
/etc/sluice/test.toml:7:1: plugin[2]: plugin "probe" could not be made and gave no reason
/etc/sluice/test.toml:10:1: plugin[3]: create() threw an exception: no table
)");
}

TEST_CASE("a worker's state that cannot be made unmakes what was there") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + "plugin = { use = 'probe', label = 'half' }\n");
  CHECK_FALSE(made.uses);
  CHECK_THAT(bench.record,
             ContainsSubstring("worker half 0\nworker half 1\ndestroy worker half 0\ndestroy half half\n"));
}

TEST_CASE("hooks that an instance does not want are null for it, and a guarding plugin denies") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + R"(
[[plugin]]
use = "probe"
label = "idle"
name = "sleeper"
on_failure = "allow"
[[plugin]]
use = "probe"
label = "busy"
)");
  REQUIRE(made.uses);
  const auto& idle = *made.uses->global[0];
  const auto& busy = *made.uses->global[1];
  CHECK(idle.hooks().on_request == nullptr);
  CHECK(idle.hooks().on_log != nullptr);
  CHECK_FALSE(idle.wants(SLUICE_ON_REQUEST));
  CHECK(idle.on_failure() == config::OnFailure::allow);
  CHECK(idle.label() == "sleeper@global");
  CHECK(busy.wants(SLUICE_ON_REQUEST));
  CHECK_FALSE(busy.wants(SLUICE_ON_ROUTE));
  CHECK(busy.on_failure() == config::OnFailure::deny);
  CHECK(*static_cast<std::uint32_t*>(busy.self(1)) == 1);
}

TEST_CASE("routes without a plugin that routes get the built-in router") {
  auto& bench = Bench::get();
  auto made = make(bench, std::string(kListener) + "route = { name = 'all' }\n");
  CHECK_FALSE(made.uses);
  CHECK_THAT(made.problems.text(), ContainsSubstring("no built-in plugin is called \"router\""));
}
