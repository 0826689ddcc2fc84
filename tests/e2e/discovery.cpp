// Endpoints that come and go by themselves: names, services and files, with the real program and without a reload.
#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <set>

#include "e2e/operator.h"
#include "support/dns_server.h"
#include "support/dnsmasq.h"
#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// Says in X-Endpoint where each answer is from.
constexpr std::string_view kTells =
    "return { on_response = function(req, res) res:set_header('x-endpoint', req:endpoint() or '-') end }\n";

std::string judge_good(const Message& answer) {
  return answer.status() == 200 ? "" : "not 200: " + answer.head + answer.body;
}

Script saying(std::string text) {
  return [text = std::move(text)](OriginConnection& connection) {
    for (;;) {
      connection.Wire::read_request();
      connection.send(response(200, text));
    }
  };
}

// One upstream "app" with `endpoints` (TOML), whose answers tell where they are from.
class Discovered {
 public:
  Discovered(const std::string& dns, const std::string& upstream, std::string_view more = "")
      : script_(dir_.write("tells.lua", kTells)),
        gateway(op.key() + "workers = 2\n[dns]\nmin_ttl = \"100ms\"\ntimeout = \"200ms\"\ntries = 1\n" + dns +
                "\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[plugin]]\nuse = \"lua\"\nscript = \"" +
                script_ + "\"\n[[upstream]]\nname = \"app\"\n" + upstream +
                "\n[[route]]\nupstream = \"app\"\n" + std::string(more)) {}

  // Where the next `count` requests go.
  std::set<std::string> seen(int count = 6) const {
    std::set<std::string> all;
    while (count-- > 0)
      all.insert(gateway.once(get("/")).header("X-Endpoint"));
    return all;
  }
  bool goes_to(const std::set<std::string>& wanted) const {
    return eventually([&] { return seen() == wanted; });
  }
  std::string source_error() const { return op.sees("app")["sources"][0]["error"]; }

 private:
  TempDir dir_;
  std::string script_;

 public:
  Operator op;
  Gateway gateway;
};

std::string at_server(const std::string& address) { return "servers = [\"" + address + "\"]\n"; }

// The same origin at several addresses of loopback, by a name.
struct Named {
  DnsServer dns;
  Origin origin{saying("app"), "0.0.0.0"};

  Named() { is({1, 2}); }
  void is(const std::vector<int>& last) {
    DnsScript script;
    for (const int each : last)
      script.answers.push_back(a_record(fmt::format("127.0.0.{}", each), 0));
    dns.set("app.test", "A", script);
    dns.set("app.test", "AAAA", {});
  }
  std::string endpoints() const { return fmt::format("endpoints = [\"app.test:{}\"]", origin.port()); }
  std::string at(int last) const { return fmt::format("127.0.0.{}:{}", last, origin.port()); }
};

TEST_CASE("Addresses of a name come, change and go under load, without a reload and without a lost request") {
  Named named;
  Discovered app(at_server(named.dns.address()), named.endpoints());
  REQUIRE(app.goes_to({named.at(1), named.at(2)}));
  Load load({.port = app.gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_good});
  for (int turn = 0; turn < 3; ++turn) {
    named.is({2, 3, 4});
    REQUIRE(app.goes_to({named.at(2), named.at(3), named.at(4)}));
    named.is({5});
    REQUIRE(app.goes_to({named.at(5)}));
  }
  load.stop();
  CHECK(load.faults() == "");
  CHECK_FALSE(app.gateway.log().contains("reload"));
}

TEST_CASE("What changes in one group leaves connections of another alone") {
  Named named;
  Origin other(saying("other"));
  Discovered app(at_server(named.dns.address()), named.endpoints(),
                 "[[upstream]]\nname = \"other\"\nendpoints = [\"" + other.endpoint() +
                     "\"]\npool = { idle_timeout = \"1h\" }\n[[route]]\nmatch = { path = \"/other\" }\n"
                     "upstream = \"other\"\n");
  REQUIRE(app.goes_to({named.at(1), named.at(2)}));
  Client client = app.gateway.connect();
  CHECK(client.exchange(get("/other")).body == "other");
  named.is({3});
  REQUIRE(app.goes_to({named.at(3)}));
  CHECK(client.exchange(get("/other")).body == "other");
  CHECK(other.accepted() == 1);
}

TEST_CASE("While the DNS fails the last good addresses stay, and the failure is shown") {
  Named named;
  Discovered app(at_server(named.dns.address()), named.endpoints());
  REQUIRE(app.goes_to({named.at(1), named.at(2)}));
  DnsScript broken;
  for (const auto& [code, word] : {std::pair{2, "SERVFAIL"}, {3, "NXDOMAIN"}}) {
    broken.code = code;
    named.dns.set("app.test", "A", broken);
    named.dns.set("app.test", "AAAA", broken);
    REQUIRE(eventually([&] { return app.source_error().contains(word); }));
    CHECK(app.seen() == std::set{named.at(1), named.at(2)});
  }
  CHECK(app.op.orders({"app"}).contains("last error: A app.test: NXDOMAIN"));
  named.is({3});
  CHECK(app.goes_to({named.at(3)}));
  CHECK(app.source_error() == "");
}

TEST_CASE("A gateway that starts before its DNS server answers serves as soon as it does") {
  Named named;
  DnsScript silent;
  silent.is_silent = true;
  named.dns.set("app.test", "A", silent);
  named.dns.set("app.test", "AAAA", silent);
  Discovered app(at_server(named.dns.address()), named.endpoints());
  CHECK(app.gateway.once(get("/")).status() == 503);
  REQUIRE(eventually([&] { return !app.source_error().empty(); }));
  named.is({1});
  CHECK(app.goes_to({named.at(1)}));
}

TEST_CASE("A service brings ports, weights and priorities, and follows its records") {
  DnsServer dns;
  Origin heavy(saying("heavy")), light(saying("light")), backup(saying("backup"));
  const auto record = [](const Origin& origin, std::uint16_t priority, std::uint16_t weight) {
    return srv_record(priority, weight, origin.port(), "one.test", 0);
  };
  dns.set("one.test", "A", {.answers = {a_record("127.0.0.1", 0)}, .additional = {}});
  dns.set("one.test", "AAAA", {});
  dns.set(
      "_http._tcp.test", "SRV",
      {.answers = {record(heavy, 10, 30), record(light, 10, 10), record(backup, 20, 1)}, .additional = {}});
  Discovered app(at_server(dns.address()), "endpoints = [{ srv = \"_http._tcp.test\" }]");
  REQUIRE(app.goes_to({heavy.endpoint(), light.endpoint()}));
  Client client = app.gateway.connect();
  std::map<std::string, int> shares;
  for (int i = 0; i < 40; ++i)
    ++shares[client.exchange(get("/")).body];
  CHECK(shares == std::map<std::string, int>{{"heavy", 30}, {"light", 10}});
  CHECK(app.op.sees("app", backup.endpoint())["priority"] == 1);
  dns.set("_http._tcp.test", "SRV", {.answers = {record(backup, 20, 1)}, .additional = {}});
  CHECK(app.goes_to({backup.endpoint()}));
}

TEST_CASE("Two names for one address make one endpoint") {
  Named named;
  named.is({1});
  named.dns.set("alias.test", "A", {.answers = {a_record("127.0.0.1", 0)}, .additional = {}});
  named.dns.set("alias.test", "AAAA", {});
  Discovered app(at_server(named.dns.address()),
                 fmt::format("endpoints = [\"app.test:{0}\", \"alias.test:{0}\"]", named.origin.port()));
  REQUIRE(eventually([&] {
    const auto sources = app.op.sees("app")["sources"];
    return sources[0]["found"] == 1 && sources[1]["found"] == 1;
  }));
  CHECK(app.op.sees("app")["endpoints"].size() == 1);
  CHECK(app.seen() == std::set{named.at(1)});
}

TEST_CASE("An order to drain outlives its endpoint's leaving the DNS and coming back") {
  Named named;
  Discovered app(at_server(named.dns.address()), named.endpoints());
  REQUIRE(app.goes_to({named.at(1), named.at(2)}));
  app.op.orders({"app", named.at(1), "--drain"});
  named.is({2, 3});
  REQUIRE(app.goes_to({named.at(2), named.at(3)}));
  named.is({1, 3});
  REQUIRE(app.goes_to({named.at(3)}));
  CHECK(app.op.sees("app", named.at(1))["blocks"] == nlohmann::json::array({"draining"}));
  app.op.orders({"app", named.at(1), "--activate"});
  CHECK(app.goes_to({named.at(1), named.at(3)}));
}

TEST_CASE("A reload keeps what the DNS has found, also while its server is silent") {
  Named named;
  Discovered app(at_server(named.dns.address()), named.endpoints());
  REQUIRE(app.goes_to({named.at(1), named.at(2)}));
  named.dns.set("app.test", "A", {.answers = {}, .additional = {}, .code = 0, .is_silent = true});
  Load load({.port = app.gateway.port(), .keeping = 2, .fresh = 1, .judge = judge_good});
  const auto text = read_file(app.gateway.folder() + "/sluice.toml");
  for (const char* more : {"# one\n[limits]\nheader_count = 90\n", "# two\n[limits]\nheader_count = 91\n"}) {
    app.gateway.reload(text + more);
    REQUIRE(load.wait_answered(50));
  }
  load.stop();
  CHECK(load.faults() == "");
}

TEST_CASE("A reload that asks otherwise, or elsewhere, keeps the endpoints until there is an answer") {
  Named named;
  DnsServer silent;
  for (const char* type : {"A", "AAAA"})
    silent.set("app.test", type, {.answers = {}, .additional = {}, .code = 0, .is_silent = true});
  Discovered app(at_server(named.dns.address()), named.endpoints());
  REQUIRE(app.goes_to({named.at(1), named.at(2)}));
  Load load({.port = app.gateway.port(), .keeping = 2, .fresh = 1, .judge = judge_good});
  const auto text = read_file(app.gateway.folder() + "/sluice.toml");
  const auto with = [&text](std::string_view old, std::string_view now) {
    auto other = text;
    return other.replace(other.find(old), old.size(), now);
  };
  const auto endpoint = "\"app.test:" + std::to_string(named.origin.port()) + "\"";
  for (const auto& each :
       {with("min_ttl = \"100ms\"", "min_ttl = \"200ms\""), with(named.dns.address(), silent.address()),
        with(endpoint, "{ address = " + endpoint + ", weight = 3 }"), text}) {
    app.gateway.reload(each);
    REQUIRE(load.wait_answered(50));
  }
  load.stop();
  CHECK(load.faults() == "");
}

TEST_CASE("Endpoints that were written down serve until the name that takes their place has an answer") {
  Named named;
  Discovered app(at_server(named.dns.address()), "endpoints = [\"" + named.at(1) + "\"]");
  const auto text = read_file(app.gateway.folder() + "/sluice.toml");
  auto other = text;
  const auto written = "\"" + named.at(1) + "\"";
  other.replace(other.find(written), written.size(),
                "\"app.test:" + std::to_string(named.origin.port()) + "\"");
  named.dns.set("app.test", "A", {.answers = {}, .additional = {}, .code = 0, .is_silent = true});
  app.gateway.reload(other);
  CHECK(app.seen() == std::set{named.at(1)});
  named.is({2});
  CHECK(app.goes_to({named.at(2)}));
}

TEST_CASE("A name at dnsmasq is followed, and kept when the server ends") {
  Origin origin(saying("app"), "0.0.0.0");
  const auto at = [&](int last) {
    return fmt::format("127.0.0.{}:{}", last, origin.port());
  };
  Dnsmasq server("127.0.0.1 app.test\n127.0.0.2 app.test\n");
  Discovered app(at_server(server.address()), fmt::format("endpoints = [\"app.test:{}\"]", origin.port()));
  REQUIRE(app.goes_to({at(1), at(2)}));
  server.reload("127.0.0.2 app.test\n127.0.0.3 app.test\n");
  REQUIRE(app.goes_to({at(2), at(3)}));
  server.stop();
  REQUIRE(eventually([&] { return app.source_error().contains("no server could be reached"); }));
  CHECK(app.seen() == std::set{at(2), at(3)});
}

TEST_CASE("Services at dnsmasq come with their ports") {
  Origin one(saying("1")), two(saying("2"));
  const auto record = [](const Origin& origin, const char* rest) {
    return fmt::format("--srv-host=_http._tcp.test,one.test,{},{}", origin.port(), rest);
  };
  Dnsmasq server("127.0.0.1 one.test\n", {record(one, "10,1"), record(two, "20,1")});
  Discovered app(at_server(server.address()),
                 "endpoints = [{ srv = \"_http._tcp.test\" }]\nbalance = \"random\"");
  REQUIRE(app.goes_to({one.endpoint()}));
  app.op.orders({"app", one.endpoint(), "--disable"});
  CHECK(app.goes_to({two.endpoint()}));
}

// ---- files ----

struct Filed {
  explicit Filed(std::string name) : name_(std::move(name)) {}
  TempDir dir;
  Origin one{saying("1")}, two{saying("2")};
  std::string path() const { return (dir.path() / name_).string(); }
  std::string key() const { return "endpoints_file = \"" + path() + "\""; }
  std::string list(const std::vector<const Origin*>& origins) const {
    std::string all;
    for (auto* origin : origins)
      all += (all.empty() ? "\"" : ", \"") + origin->endpoint() + "\"";
    return name_.ends_with(".json") ? "{\"endpoints\": [" + all + "]}\n" : "endpoints = [" + all + "]\n";
  }
  void replace(const std::string& text) const { dir.write(name_, text); }
  void write_in_place(const std::string& text) const { std::ofstream(path()) << text; }

 private:
  std::string name_;
};

void follows_under_load(const std::string& name) {
  Filed file(name);
  file.replace(file.list({&file.one}));
  Discovered app("", file.key());
  REQUIRE(app.goes_to({file.one.endpoint()}));
  Load load({.port = app.gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_good});
  for (int turn = 0; turn < 3; ++turn) {
    file.replace(file.list({&file.one, &file.two}));
    REQUIRE(app.goes_to({file.one.endpoint(), file.two.endpoint()}));
    file.replace(file.list({&file.two}));
    REQUIRE(app.goes_to({file.two.endpoint()}));
  }
  load.stop();
  CHECK(load.faults() == "");
}

TEST_CASE("A TOML file of endpoints is followed under load") { follows_under_load("endpoints.toml"); }
TEST_CASE("A JSON file of endpoints is followed under load") { follows_under_load("endpoints.json"); }

TEST_CASE("A file that is half written, wrong or removed changes nothing, and says why") {
  Filed file("endpoints.toml");
  file.replace(file.list({&file.one}));
  Discovered app("", file.key());
  REQUIRE(app.goes_to({file.one.endpoint()}));
  file.write_in_place("endpoints = [\"" + file.two.endpoint() + "\"");
  REQUIRE(eventually([&] { return app.source_error().contains(file.path() + ":"); }));
  CHECK(app.seen() == std::set{file.one.endpoint()});
  file.write_in_place("endpoints = [\"app.test:80\"]\n");
  REQUIRE(eventually([&] { return app.source_error().contains("app.test:80"); }));
  CHECK(app.seen() == std::set{file.one.endpoint()});
  std::filesystem::remove(file.path());
  REQUIRE(eventually([&] { return app.source_error().contains("cannot be read"); }));
  CHECK(app.seen() == std::set{file.one.endpoint()});
  file.replace(file.list({&file.two}));
  CHECK(app.goes_to({file.two.endpoint()}));
}

TEST_CASE("A reload that names another file loses no request") {
  Filed file("endpoints.toml");
  file.replace(file.list({&file.one}));
  const auto other = file.dir.write("other.toml", file.list({&file.two}));
  Discovered app("", file.key());
  REQUIRE(app.goes_to({file.one.endpoint()}));
  Load load({.port = app.gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_good});
  const auto text = read_file(app.gateway.folder() + "/sluice.toml");
  auto moved = text;
  moved.replace(moved.find(file.path()), file.path().size(), other);
  for (int turn = 0; turn < 4; ++turn) {
    app.gateway.reload(moved);
    REQUIRE(app.goes_to({file.two.endpoint()}));
    app.gateway.reload(text);
    REQUIRE(app.goes_to({file.one.endpoint()}));
  }
  load.stop();
  CHECK(load.faults() == "");
}

TEST_CASE("A request at an endpoint that leaves ends there, and its idle connections are closed") {
  Gate asked, go;
  Filed file("endpoints.toml");
  Origin leaving([&](OriginConnection& connection) {
    for (;;) {
      if (connection.read_request().target() == "/held") {
        asked.open();
        go.wait();
      }
      connection.send(response(200, "leaving"));
    }
  });
  file.replace(file.list({&leaving}));
  Discovered app("", file.key() + "\npool = { idle_timeout = \"1h\" }");
  REQUIRE(app.goes_to({leaving.endpoint()}));
  Client client = app.gateway.connect();
  client.send(get("/held"));
  asked.wait();
  CHECK(leaving.open() >= 2);
  file.replace(file.list({&file.one}));
  REQUIRE(app.goes_to({file.one.endpoint()}));
  CHECK(eventually([&] { return leaving.open() == 1; }));
  go.open();
  CHECK(client.read_response().body == "leaving");
  CHECK(eventually([&] { return leaving.open() == 0; }));
}

TEST_CASE("Who waits in the queue goes to an endpoint that comes") {
  Gate asked, go;
  Filed file("endpoints.json");
  Origin busy([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
    connection.send(response(200, "busy"));
  });
  file.replace(file.list({&busy}));
  Discovered app("", file.key() + "\nmax_in_flight = 1\nqueue = { max = 10, timeout = \"10m\" }");
  REQUIRE(eventually([&] { return app.op.sees("app")["available"] == 1; }));
  Client first = app.gateway.connect(), second = app.gateway.connect();
  first.send(get("/"));
  asked.wait();
  second.send(get("/"));
  REQUIRE(eventually([&] { return app.op.sees("app")["waiting"] == 1; }));
  file.replace(file.list({&busy, &file.two}));
  CHECK(second.read_response().body == "2");
  go.open();
  CHECK(first.read_response().body == "busy");
}

TEST_CASE("An endpoint that comes is checked before it takes requests, and left alone when it has gone") {
  std::atomic<bool> healthy = false;
  std::atomic<int> checks = 0, others = 0;
  Origin late([&](OriginConnection& connection) {
    for (;;) {
      const bool is_check = connection.Wire::read_request().target() == "/health";
      ++(is_check ? checks : others);
      connection.send(response(is_check && !healthy ? 503 : 200, "late"));
    }
  });
  Filed file("endpoints.toml");
  file.replace(file.list({&file.one}));
  Discovered app(
      "", file.key() + "\n[upstream.check]\npath = \"/health\"\ninterval = \"20ms\"\nrise = 1\nfall = 1");
  REQUIRE(app.goes_to({file.one.endpoint()}));
  file.replace(file.list({&file.one, &late}));
  REQUIRE(eventually([&] { return checks >= 3; }));
  CHECK(app.seen() == std::set{file.one.endpoint()});
  CHECK(others == 0);
  healthy = true;
  REQUIRE(app.goes_to({file.one.endpoint(), late.endpoint()}));
  file.replace(file.list({&file.one}));
  REQUIRE(app.goes_to({file.one.endpoint()}));
  CHECK(eventually([&] { return late.open() == 0; }));
}

TEST_CASE("A file that lists none leaves none, and a file that comes later is taken") {
  Filed file("endpoints.json");
  Discovered app("", file.key());
  CHECK(app.gateway.once(get("/")).status() == 503);
  file.replace(file.list({&file.one}));
  REQUIRE(app.goes_to({file.one.endpoint()}));
  file.replace(file.list({}));
  CHECK(eventually([&] { return app.gateway.once(get("/")).status() == 503; }));
}

}  // namespace
}  // namespace sluice::test
