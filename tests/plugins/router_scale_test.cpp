// 100,000 routes are looked up in as many steps as 140: counted, not timed.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <iterator>

#include "router_fixture.h"

using namespace sluice::test;

namespace {

using MakeRoute = std::string (*)(int number);

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
    // Beside "/p3/b/*", which is asked first.
    {"prefixes behind a parameter", [](int i) { return "{ path = '/{t}/q" + text(i) + "/*' }"; },
     [](int i) {
       return "/p3/q" + text(i) + "/z";
     }},
    {"one header's values", [](int i) { return "{ header = { X-Tenant = 't" + text(i) + "' } }"; },
     [](int) { return std::string("/"); },
     [](int i) {
       return FakeHeaders{{"X-Tenant", "t" + text(i)}};
     }},
};

// Of each kind as many, in turns: each kind has the others around it.
std::string mixed_routes(int count) {
  std::string toml = "explain = true\n";
  for (int i = 0; i < count; ++i)
    toml += "[[route]]\nmatch = " + kKinds[i % std::size(kKinds)].make(i) + "\n";
  return toml;
}

// Sanitizers make what is read and built once ten times slower; what is counted is the same.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kMany = 12'000;
#else
constexpr int kMany = 100'000;
#endif

}  // namespace

TEST_CASE("router: 100,000 routes take no more steps than 140") {
  constexpr int kKindCount = static_cast<int>(std::size(kKinds));
  constexpr int kFew = 20 * kKindCount;  // 20 tenants: enough for an index of a header's values (cell.cpp)
  std::vector<std::string> in_few;
  {
    Routed router(mixed_routes(kFew));
    for (int k = 0; k < kKindCount; ++k)
      in_few.push_back(steps(router, kKinds[k].target(k), kKinds[k].headers(k)));
  }
  Routed router(mixed_routes(kMany));
  for (int k = 0; k < kKindCount; ++k) {
    const auto& kind = kKinds[k];
    CAPTURE(kind.name);
    CHECK(in_few[k].starts_with("found "));
    const int middle = kMany / kKindCount / 2 * kKindCount + k;
    const int last = kMany - 1 - (kMany - 1 - k) % kKindCount;
    for (const int i : {k, k + kKindCount, middle, last})
      CHECK(steps(router, kind.target(i), kind.headers(i)) == in_few[k]);
    CHECK(steps(router, kind.target(kMany), kind.headers(kMany)).starts_with("none "));
  }
}

TEST_CASE("router: a header on several lines does not make the search look at every route") {
  std::string toml = "explain = true\n";
  for (int i = 0; i < 200; ++i)
    toml += "[[route]]\nmatch = { header = { X-Tenant = ['t" + text(i) + "', 'u" + text(i) + "'] } }\n";
  Routed router(toml);
  const auto route = [&](FakeHeaders headers) {
    return router.route("/", std::move(headers));
  };
  CHECK(route({{"X-Tenant", "no"}, {"X-Tenant", "t7"}}) == "route-8");
  CHECK(route({{"X-Tenant", "t9"}, {"X-Tenant", "u7"}, {"X-Tenant", "t7"}}) == "route-8");
  CHECK(steps(router, "/", {{"X-Tenant", "t9"}, {"X-Tenant", "t7"}}) == "found (5 lookups, 1 candidates)");
  CHECK(steps(router, "/", {{"X-Tenant", "no"}, {"X-Tenant", "none"}}) == "none (5 lookups, 0 candidates)");
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
