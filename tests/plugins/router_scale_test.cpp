// 100,000 routes are looked up in as many steps as 10: counted, not timed.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "router_fixture.h"

using namespace sluice::test;

namespace {

using MakeRoute = std::string (*)(int number);

std::string routes(int count, MakeRoute make) {
  std::string toml = "explain = true\n";
  for (int i = 0; i < count; ++i)
    toml += "[[route]]\nmatch = " + make(i) + "\n";
  return toml;
}

// "(3 lookups, 1 candidates)" of the note.
std::string steps(Routed& router, std::string_view target, FakeHeaders headers = {}) {
  auto ex = router.exchange(target, std::move(headers));
  router.run(ex);
  const auto note = ex.note("router");
  return (ex.has(SLUICE_ROUTE) ? "found " : "none ") + note.substr(std::min(note.rfind('('), note.size()));
}

std::string text(int number) { return std::to_string(number); }

struct Kind {
  const char* name;
  MakeRoute make;
  std::string (*target)(int number);
  FakeHeaders (*headers)(int number) = [](int) {
    return FakeHeaders{};
  };
};

const Kind kKinds[] = {
    {"hosts", [](int i) { return "{ host = 'h" + text(i) + ".example' }"; },
     [](int i) {
       return "http://h" + text(i) + ".example/a/b";
     }},
    {"wildcard hosts", [](int i) { return "{ host = '*.h" + text(i) + ".example' }"; },
     [](int i) {
       return "http://x.h" + text(i) + ".example/a/b";
     }},
    {"exact paths", [](int i) { return "{ path = '/a/p" + text(i) + "' }"; },
     [](int i) {
       return "/a/p" + text(i);
     }},
    {"prefixes", [](int i) { return "{ path = '/p" + text(i) + "/b/*' }"; },
     [](int i) {
       return "/p" + text(i) + "/b/c";
     }},
    {"parameters", [](int i) { return "{ path = '/p" + text(i) + "/{id}/x' }"; },
     [](int i) {
       return "/p" + text(i) + "/7/x";
     }},
    {"one header's values", [](int i) { return "{ header = { X-Tenant = 't" + text(i) + "' } }"; },
     [](int) { return std::string("/"); },
     [](int i) {
       return FakeHeaders{{"X-Tenant", "t" + text(i)}};
     }},
};

}  // namespace

TEST_CASE("router: 100,000 routes take no more steps than 10") {
  constexpr int kMany = 100'000;
  for (const auto& kind : kKinds) {
    DYNAMIC_SECTION(kind.name) {
      const auto few = [&] {
        Routed router(routes(20, kind.make));
        return steps(router, kind.target(7), kind.headers(7));
      }();
      Routed router(routes(kMany, kind.make));
      CHECK(few.starts_with("found "));
      for (const int i : {0, 7, kMany / 2, kMany - 1})
        CHECK(steps(router, kind.target(i), kind.headers(i)) == few);
      CHECK(steps(router, kind.target(kMany), kind.headers(kMany)).starts_with("none "));
    }
  }
}

TEST_CASE("router: a long path with parameters on every level stays within the trie") {
  // Both a literal and a parameter at each of eight levels: 256 ways down, of which few exist.
  std::string toml = "explain = true\n";
  for (int i = 0; i < 8; ++i)
    toml += "[[route]]\nmatch = { path = '" + std::string("/a/a/a/a/a/a/a/a").replace(2 * i, 2, "/{x}") +
            "/end' }\n";
  Routed router(toml);
  CHECK(steps(router, "/a/a/a/a/a/a/a/a/b").starts_with("none "));
  CHECK(router.route("/a/a/a/z/a/a/a/a/end") == "route-4");
}
