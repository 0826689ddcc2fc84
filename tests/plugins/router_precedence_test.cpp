// Which of several routes that fit takes a request: the order that README.md states.
#include <catch2/catch_test_macros.hpp>

#include <fstream>

#include "router_fixture.h"

using namespace sluice::test;

namespace {

// `better` and `worse` both take the request; in both orders of the file `better` gets it.
void check_order(std::string_view better, std::string_view worse, std::string_view target,
                 FakeHeaders headers = {}) {
  CAPTURE(better, worse);
  const auto route = [](std::string_view name, std::string_view match) {
    return "[[route]]\nname = '" + std::string(name) + "'\nmatch = " + std::string(match) + "\n";
  };
  const auto taker = [&](const std::string& toml) {
    return Routed(toml).route(target, headers);
  };
  CHECK(taker(route("better", better) + route("worse", worse)) == "better");
  CHECK(taker(route("worse", worse) + route("better", better)) == "better");
  CHECK(taker(route("worse", worse)) == "worse");
}

}  // namespace

TEST_CASE("router: hosts before paths: exact, longest wildcard, none") {
  check_order("{ host = 'a.b.example' }", "{ host = '*.b.example', path = '/x' }", "http://a.b.example/x");
  check_order("{ host = '*.b.example' }", "{ host = '*.example', path = '/x' }", "http://a.b.example/x");
  check_order("{ host = '*.example' }", "{ path = '/x', method = 'GET', header = { H = '1' } }",
              "http://a.b.example/x", {{"H", "1"}});
}

TEST_CASE(
    "router: paths: exact, then expressions, then literal before parameter before the rest, from the left") {
  check_order("{ path = '/a/b' }", "{ path = { regex = '/a/b' } }", "/a/b");
  check_order("{ path = '/a/b' }", "{ path = '/a/b/*' }", "/a/b");
  check_order("{ path = '/a/b' }", "{ path = '/a/{x}' }", "/a/b");
  check_order("{ path = { regex = '/a/.*' } }", "{ path = '/a/{x}' }", "/a/b");
  check_order("{ path = { regex = '/a/.*' } }", "{ path = '/a/b/*' }", "/a/b");
  check_order("{ path = '/a/{x}' }", "{ path = '/{x}/b' }", "/a/b");
  check_order("{ path = '/{x}/b' }", "{ path = '/{x}/{y}' }", "/a/b");
  check_order("{ path = '/a/b/*' }", "{ path = '/a/*' }", "/a/b/c");
  check_order("{ path = '/a/*' }", "{ path = '/*' }", "/a/b/c");
  check_order("{ path = '/a/*' }", "{ path = '/{x}/b/*' }", "/a/b/c");
  check_order("{ path = '/{x}/b/*' }", "{ path = '/{x}/*' }", "/a/b/c");
  check_order("{ path = '/{x}/*' }", "{ path = '/*' }", "/a/b/c");
}

TEST_CASE(
    "router: a template is no exact path: it comes behind a prefix with a literal where it has a parameter") {
  check_order("{ path = '/admin/*' }", "{ path = '/{a}/{b}' }", "/admin/users");
  check_order("{ path = '/admin/*' }", "{ path = '/{a}' }", "/admin");
  check_order("{ path = '/a/b/*' }", "{ path = '/a/{x}' }", "/a/b");
  check_order("{ path = '/a/b/*' }", "{ path = '/a/{x}/c' }", "/a/b/c");
  check_order("{ path = '/a/{x}/c/*' }", "{ path = '/a/{x}/{y}' }", "/a/b/c");
  check_order("{ path = '/a/{x}' }", "{ path = '/a/*' }", "/a/b");
  check_order("{ path = '/{x}/{y}' }", "{ path = '/{x}/*' }", "/a/b");
  check_order("{ path = '/{x}/{y}' }", "{ path = '/*' }", "/a/b");
  check_order("{ path = '/{x}' }", "{ path = '/{x}/*' }", "/a");
  check_order("{ path = '/a/{x}/c' }", "{ path = '/a/{x}/*' }", "/a/b/c");
}

TEST_CASE("router: the examples of the README hold") {
  std::ifstream readme(SLUICE_SOURCE_DIR "/plugins/router/README.md");
  int rows = 0;
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("| `/")) continue;
    std::vector<std::string> quoted;  // what stands in backticks: the request, then paths, the winner first
    for (auto at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const auto end = line.find('`', at + 1);
      const auto text = line.substr(at + 1, end - at - 1);
      quoted.push_back(quoted.empty() || text.starts_with('{') ? text : "'" + text + "'");
      at = end;
    }
    CAPTURE(line);
    REQUIRE(quoted.size() > 3);
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i)
      check_order("{ path = " + quoted[i] + " }", "{ path = " + quoted[i + 1] + " }", quoted[0]);
    ++rows;
  }
  CHECK(rows == 3);
}

TEST_CASE("router: a longer path goes before any number of conditions") {
  check_order("{ path = '/a/b/*' }", "{ path = '/a/*', method = 'GET', header = { H = '1' } }", "/a/b",
              {{"H", "1"}});
}

TEST_CASE("router: conditions: method, most headers, most query parameters, most others") {
  check_order("{ method = 'GET' }", "{ header = { A = '1', B = '1' } }", "/?q=1", {{"A", "1"}, {"B", "1"}});
  check_order("{ header = { A = '1', B = '1' } }", "{ header = { A = '1' }, query = { q = '1' } }", "/?q=1",
              {{"A", "1"}, {"B", "1"}});
  check_order("{ query = { q = '1' } }", "{ source = '0.0.0.0/0', cookie = { c = '1' } }", "/?q=1",
              {{"Cookie", "c=1"}});
  check_order("{ cookie = { c = '1' }, scheme = 'http' }", "{ source = '0.0.0.0/0' }", "/",
              {{"Cookie", "c=1"}});
  check_order("{ header = { A = true } }", "{ path = '/*' }", "/", {{"A", "1"}});
}

TEST_CASE("router: expressions are ordered by their conditions, then as in the file") {
  check_order("{ path = { regex = '/.*' }, method = 'GET' }", "{ path = { regex = '/a.*' } }", "/a");
  Routed router(
      "[[route]]\nname = 'one'\nmatch = { path = { regex = '/a.*' } }\n"
      "[[route]]\nname = 'two'\nmatch = { path = { regex = '/.*' } }");
  CHECK(router.route("/a") == "one");
  CHECK(router.route("/b") == "two");
}

TEST_CASE("router: among equals the first in the file wins") {
  Routed router(
      "[[route]]\nname = 'one'\nmatch = { header = { A = '1' } }\n"
      "[[route]]\nname = 'two'\nmatch = { header = { B = '1' } }");
  CHECK(router.route("/", {{"A", "1"}, {"B", "1"}}) == "one");
  CHECK(router.route("/", {{"B", "1"}}) == "two");
}

TEST_CASE("router: when the conditions of a better path fail, a worse path is asked") {
  Routed router(
      "[[route]]\nname = 'exact'\nmatch = { path = '/a/b', method = 'PUT' }\n"
      "[[route]]\nname = 'param'\nmatch = { path = '/a/{x}', method = 'POST' }\n"
      "[[route]]\nname = 'regex'\nmatch = { path = { regex = '/a/.' }, method = 'PATCH' }\n"
      "[[route]]\nname = 'long'\nmatch = { path = '/a/b/*', method = 'DELETE' }\n"
      "[[route]]\nname = 'short'\nmatch = { path = '/a/*' }");
  CHECK(router.route("/a/b", {}, "PUT") == "exact");
  CHECK(router.route("/a/b", {}, "PATCH") == "regex");
  CHECK(router.route("/a/b", {}, "DELETE") == "long");
  CHECK(router.route("/a/b", {}, "POST") == "param");
  CHECK(router.route("/a/b", {}, "GET") == "short");
}

TEST_CASE("router: prefixes and templates are tried again and again up the path until one takes it") {
  Routed router(
      "[[route]]\nname = 'deep'\nmatch = { path = '/a/b/c/*', method = 'PUT' }\n"
      "[[route]]\nname = 'middle'\nmatch = { path = '/a/{x}/c', method = 'PUT' }\n"
      "[[route]]\nname = 'left'\nmatch = { path = '/{x}/b/*' }\n"
      "[[route]]\nname = 'root'\nmatch = { path = '/*' }");
  CHECK(router.route("/a/b/c", {}, "PUT") == "deep");
  CHECK(router.route("/a/z/c", {}, "PUT") == "middle");
  CHECK(router.route("/a/b/c") == "left");
  CHECK(router.route("/a/z/c") == "root");
}

TEST_CASE("router: when no path of a host fits, a less special host is asked") {
  Routed router(
      "[[route]]\nname = 'exact'\nmatch = { host = 'a.b.example', path = '/1' }\n"
      "[[route]]\nname = 'wild'\nmatch = { host = '*.example', path = '/2' }\n"
      "[[route]]\nname = 'any'\nmatch = { path = '/3' }");
  CHECK(router.route("http://a.b.example/1") == "exact");
  CHECK(router.route("http://a.b.example/2") == "wild");
  CHECK(router.route("http://a.b.example/3") == "any");
  CHECK(router.route("http://a.b.example/4") == "-");
}

TEST_CASE("router: many routes told apart by one header keep their order") {
  std::string toml = "[[route]]\nname = 'admin'\nmatch = { header = { X-Tenant = 't7', X-Admin = '1' } }\n";
  for (int i = 0; i < 40; ++i)
    toml += "[[route]]\nname = 't" + std::to_string(i) + "'\nmatch = { header = { X-Tenant = 't" +
            std::to_string(i) + "' } }\n";
  toml += "[[route]]\nname = 'post'\nmatch = { method = 'POST' }\n[[route]]\nname = 'rest'\n";
  Routed router(toml);
  CHECK(router.route("/", {{"X-Tenant", "t7"}}) == "t7");
  CHECK(router.route("/", {{"X-Tenant", "t7"}, {"X-Admin", "1"}}) == "admin");
  CHECK(router.route("/", {{"X-Tenant", "t39"}}, "POST") == "post");
  CHECK(router.route("/", {{"X-Tenant", "nobody"}}) == "rest");
  CHECK(router.route("/") == "rest");
  CHECK(router.route("/", {{"X-Tenant", "nobody"}, {"X-Tenant", "t3"}}) == "t3");
}
