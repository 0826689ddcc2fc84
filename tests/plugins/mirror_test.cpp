// Built-in mirror: what is copied, what the copy looks like, what is dropped, and what of the answers differs.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "support/fake_host.h"

namespace {

using namespace sluice::test;
using Catch::Matchers::ContainsSubstring;

constexpr auto kPlugin = "[[plugin]]\nuse = 'mirror'\n";
constexpr auto kUpstreams = "[[upstream]]\nname = 'next'\n";

// A gateway with a mirror; `keys` are lines of its table.
struct Mirrored {
  FakeHost host;
  explicit Mirrored(const std::string& keys = "") {
    auto* plugin = host.load("mirror", std::string(kPlugin) + "upstream = 'next'\n" + keys + kUpstreams);
    INFO(host.problem_text());
    REQUIRE(plugin);
  }
  // Through the request side; a body comes in two pieces.
  void send(FakeExchange& ex, std::string_view body = "") {
    CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
    CHECK(host.run(SLUICE_ON_UPSTREAM_REQUEST, ex) == SLUICE_CONTINUE);
    if (body.empty()) return;
    CHECK(host.run(SLUICE_ON_REQUEST_BODY, ex, body.substr(0, body.size() / 2), false) == SLUICE_CONTINUE);
    CHECK(host.run(SLUICE_ON_REQUEST_BODY, ex, body.substr(body.size() / 2), true) == SLUICE_CONTINUE);
  }
  void receive(FakeExchange& ex, int status, FakeHeaders headers = {}, std::string_view body = "") {
    ex.answered(status, std::move(headers));
    CHECK(host.run(SLUICE_ON_RESPONSE, ex) == SLUICE_CONTINUE);
    if (!body.empty()) CHECK(host.run(SLUICE_ON_RESPONSE_BODY, ex, body, true) == SLUICE_CONTINUE);
    CHECK(host.run(SLUICE_ON_LOG, ex) == SLUICE_CONTINUE);
  }
  std::string field(const FakeLogLine& line, std::string_view name) {
    for (const auto& [each, value] : line.fields)
      if (each == name) return value;
    return "";
  }
  std::vector<FakeLogLine> warnings() {
    std::vector<FakeLogLine> out;
    for (const auto& line : host.log_lines())
      if (line.level >= SLUICE_WARN) out.push_back(line);
    return out;
  }
};

std::string refusal(const std::string& keys) {
  FakeHost host;
  CHECK(host.load("mirror", kPlugin + keys + kUpstreams) == nullptr);
  return host.problem_text();
}

std::string of(const FakeHeaders& headers, std::string_view name) {
  for (const auto& [each, value] : headers)
    if (each == name) return value;
  return "(absent)";
}

}  // namespace

TEST_CASE("a copy asks what the request asks, marked as a copy") {
  Mirrored mirrored;
  auto ex = mirrored.host.exchange("GET", "/a?b=1", {{"Host", "app.test"}, {"X-Key", "v"}});
  mirrored.send(ex);
  REQUIRE(mirrored.host.callouts().size() == 1);
  const auto& copy = mirrored.host.callouts()[0];
  CHECK(copy.upstream == "next");
  CHECK(copy.method == "GET");
  CHECK(copy.target == "/a?b=1");
  CHECK(copy.host == "app.test");
  CHECK(copy.headers == FakeHeaders{{"X-Key", "v"}, {"X-Mirror", "1"}});
  CHECK(copy.timeout_ms == 10'000);
  CHECK(copy.cut_body);
  CHECK(ex.note("mirror") == "sent");
}

TEST_CASE("its fields and host differ as the configuration says") {
  Mirrored mirrored(
      "host = 'next.test'\nmarker = 'X-Shadow'\n"
      "headers = { set = { X-Env = 'test', x-key = 'other' }, remove = ['authorization'] }\n");
  auto ex = mirrored.host.exchange("GET", "/", {{"Authorization", "secret"}, {"X-Key", "v"}, {"X-A", "1"}});
  mirrored.send(ex);
  REQUIRE(mirrored.host.callouts().size() == 1);
  const auto& copy = mirrored.host.callouts()[0];
  CHECK(copy.host == "next.test");
  CHECK(of(copy.headers, "Authorization") == "(absent)");
  CHECK(of(copy.headers, "X-Key") == "(absent)");
  CHECK(of(copy.headers, "x-key") == "other");
  CHECK(of(copy.headers, "X-Env") == "test");
  CHECK(of(copy.headers, "X-A") == "1");
  CHECK(of(copy.headers, "X-Shadow") == "1");
}

TEST_CASE("only methods without effects are copied, unless others are chosen") {
  Mirrored safe;
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    auto ex = safe.host.exchange(method, "/");
    safe.send(ex);
    CHECK(ex.note("mirror").empty());
  }
  CHECK(safe.host.callouts().empty());
}

TEST_CASE("a body is copied as it passes") {
  Mirrored mirrored("methods = ['POST']\n");
  auto ex = mirrored.host.exchange("POST", "/", {{"Content-Length", "8"}});
  mirrored.send(ex, "question");
  REQUIRE(mirrored.host.callouts().size() == 1);
  CHECK(mirrored.host.callouts()[0].body == "question");
  // One that was gathered before the upstream was known.
  auto gathered = mirrored.host.exchange("POST", "/", {{"Content-Length", "4"}});
  mirrored.host.run(SLUICE_ON_REQUEST, gathered);
  mirrored.host.run(SLUICE_ON_REQUEST_BODY, gathered, "body", true);
  CHECK(mirrored.host.callouts().size() == 1);
  mirrored.host.run(SLUICE_ON_UPSTREAM_REQUEST, gathered);
  REQUIRE(mirrored.host.callouts().size() == 2);
  CHECK(mirrored.host.callouts()[1].body == "body");
}

TEST_CASE("a request with too long a body is not copied, whether it says so or not") {
  Mirrored mirrored("methods = ['POST']\nbody_limit = 4\n");
  auto told = mirrored.host.exchange("POST", "/", {{"Content-Length", "00000005"}});
  mirrored.send(told, "12345");
  CHECK(told.note("mirror") == "dropped: body over 4 bytes");
  auto chunked = mirrored.host.exchange("POST", "/", {{"Transfer-Encoding", "chunked"}});
  mirrored.send(chunked, "12345");
  CHECK(chunked.note("mirror") == "dropped: body over 4 bytes");
  CHECK(mirrored.host.callouts().empty());
  auto fits = mirrored.host.exchange("POST", "/", {{"Transfer-Encoding", "chunked"}});
  mirrored.send(fits, "1234");
  CHECK(fits.note("mirror") == "sent");
}

TEST_CASE("copies of copies and upgrades are not made") {
  Mirrored mirrored;
  auto again = mirrored.host.exchange("GET", "/", {{"X-Mirror", "1"}});
  mirrored.send(again);
  auto upgrade = mirrored.host.exchange("GET", "/", {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}});
  mirrored.send(upgrade);
  CHECK(mirrored.host.callouts().empty());
}

TEST_CASE("a request that never goes upstream whole is not copied") {
  Mirrored mirrored("methods = ['POST']\n");
  auto ex = mirrored.host.exchange("POST", "/", {{"Content-Length", "8"}});
  mirrored.host.run(SLUICE_ON_REQUEST, ex);
  mirrored.host.run(SLUICE_ON_UPSTREAM_REQUEST, ex);
  mirrored.host.run(SLUICE_ON_REQUEST_BODY, ex, "ques", false);
  mirrored.host.run(SLUICE_ON_LOG, ex);
  CHECK(ex.note("mirror") == "dropped: it did not go upstream whole");
  CHECK(mirrored.host.callouts().empty());
}

TEST_CASE("over max_in_flight copies are dropped, and there is room again when one has its answer") {
  Mirrored mirrored("max_in_flight = 2\n");
  std::vector<std::string> notes;
  const auto ask = [&] {
    auto ex = mirrored.host.exchange("GET", "/");
    mirrored.send(ex);
    return ex.note("mirror");
  };
  CHECK(ask() == "sent");
  CHECK(ask() == "sent");
  CHECK(ask() == "dropped: too many under way");
  mirrored.host.answer(mirrored.host.callouts()[0], 200);
  CHECK(ask() == "sent");
  mirrored.host.refuse_callouts(SLUICE_TOO_LARGE);
  mirrored.host.fail(mirrored.host.callouts()[1], "connect_failed");
  CHECK(ask() == "dropped: over a limit of the gateway's");
}

TEST_CASE("the share is kept by chance, 0 and 1 exactly") {
  const auto sent = [](const std::string& sample) {
    Mirrored mirrored("max_in_flight = 1024\nsample = " + sample + "\n");
    for (int i = 0; i < 1000; ++i) {
      auto ex = mirrored.host.exchange("GET", "/");
      mirrored.send(ex);
    }
    return mirrored.host.callouts().size();
  };
  CHECK(sent("0") == 0);
  CHECK(sent("'0%'") == 0);
  CHECK(sent("1") == 1000);
  CHECK(sent("1.0") == 1000);
  const auto some = sent("'25%'");
  CHECK((some > 150 && some < 350));
}

TEST_CASE("a sticky sample copies all requests of a client, or none") {
  for (const auto& by : {std::string("{ header = 'X-User' }"), std::string("{ cookie = 'user' }")}) {
    Mirrored mirrored("max_in_flight = 1024\nsample = 0.5\nsample_by = " + by + "\n");
    int all = 0;
    for (int user = 0; user < 100; ++user) {
      const auto name = std::to_string(user);
      const auto before = mirrored.host.callouts().size();
      for (int i = 0; i < 5; ++i) {
        auto ex = mirrored.host.exchange("GET", "/", {{"X-User", name}, {"Cookie", "xuser=7; user=" + name}});
        mirrored.send(ex);
      }
      const auto copies = mirrored.host.callouts().size() - before;
      CHECK((copies == 0 || copies == 5));
      all += copies == 5;
    }
    CHECK((all > 25 && all < 75));
  }
}

TEST_CASE("differences of status, fields and body are logged with both values") {
  Mirrored mirrored("compare = { status = true, headers = ['Content-Type', 'X-A'], body = 'hash' }\n");
  auto ex = mirrored.host.exchange("GET", "/");
  mirrored.send(ex);
  mirrored.receive(ex, 200, {{"content-type", "text/html"}, {"X-A", "1"}}, "0123456789");
  mirrored.host.answer(mirrored.host.callouts()[0], 404, {{"Content-Type", "text/plain"}, {"X-A", "1"}},
                       "0123456780");
  REQUIRE(mirrored.warnings().size() == 1);
  const auto line = mirrored.warnings()[0];
  CHECK(mirrored.field(line, "request_id") == "0123456789abcdef0123456789abcdef");
  CHECK(mirrored.field(line, "differs") == "status, header Content-Type, body");
  CHECK(mirrored.field(line, "main") == "200");
  CHECK(mirrored.field(line, "copy") == "404");
  CHECK(mirrored.field(line, "different") == "1");
}

TEST_CASE("the copy's answer may come before the main one") {
  Mirrored mirrored("compare = { status = true, body = 'hash', body_limit = 4 }\n");
  auto ex = mirrored.host.exchange("GET", "/");
  mirrored.send(ex);
  mirrored.host.answer(mirrored.host.callouts()[0], 200, {}, "01234");
  CHECK(mirrored.warnings().empty());
  mirrored.receive(ex, 200, {}, "012345");
  REQUIRE(mirrored.warnings().size() == 1);
  CHECK(mirrored.field(mirrored.warnings()[0], "differs") == "body");
  CHECK_THAT(mirrored.field(mirrored.warnings()[0], "main"), ContainsSubstring("6 bytes"));
  CHECK_THAT(mirrored.field(mirrored.warnings()[0], "copy"), ContainsSubstring("5 bytes"));
}

TEST_CASE("answers that are the same say nothing, however their bodies came in pieces") {
  Mirrored mirrored("compare = { status = true, headers = ['X-A'], body = 'hash', body_limit = 20 }\n");
  const std::string body = "0123456789abcdefghijklmnop";
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    auto ex = mirrored.host.exchange("GET", "/");
    mirrored.send(ex);
    ex.answered(200, {{"X-A", "1"}, {"x-a", "2"}});
    mirrored.host.run(SLUICE_ON_RESPONSE, ex);
    mirrored.host.run(SLUICE_ON_RESPONSE_BODY, ex, std::string_view(body).substr(0, cut), false);
    mirrored.host.run(SLUICE_ON_RESPONSE_BODY, ex, std::string_view(body).substr(cut), true);
    mirrored.host.run(SLUICE_ON_LOG, ex);
    // Beyond the limit only the length counts.
    mirrored.host.answer(mirrored.host.callouts().back(), 200, {{"X-A", "1"}, {"X-A", "2"}},
                         body.substr(0, 20) + "QRSTUV");
  }
  CHECK(mirrored.host.log_text() == "");
}

TEST_CASE("a main answer that broke off, or was the gateway's own, is not compared") {
  Mirrored mirrored("compare = { status = true }\n");
  auto broken = mirrored.host.exchange("GET", "/");
  mirrored.send(broken);
  broken.with(SLUICE_REASON, "upstream_reset");
  mirrored.receive(broken, 200);
  auto local = mirrored.host.exchange("GET", "/");
  mirrored.send(local);
  local.answered(502).with(SLUICE_IS_LOCAL, 1);
  mirrored.host.run(SLUICE_ON_LOG, local);
  for (auto& callout : mirrored.host.callouts())
    mirrored.host.answer(callout, 404);
  CHECK(mirrored.warnings().empty());
}

TEST_CASE("the log has so many lines a minute of each kind, and the sums at the end") {
  Mirrored mirrored("log_lines = 2\ncompare = { status = true }\n");
  const auto differ = [&] {
    auto ex = mirrored.host.exchange("GET", "/");
    mirrored.send(ex);
    mirrored.receive(ex, 200);
    mirrored.host.answer(mirrored.host.callouts().back(), 500);
  };
  for (int i = 0; i < 5; ++i)
    differ();
  CHECK(mirrored.warnings().size() == 2);
  auto ex = mirrored.host.exchange("GET", "/");
  mirrored.send(ex);
  mirrored.host.fail(mirrored.host.callouts().back(), "connect_failed");
  REQUIRE(mirrored.warnings().size() == 3);
  CHECK(mirrored.field(mirrored.warnings()[2], "reason") == "connect_failed");
  mirrored.host.advance(60'000);
  differ();
  REQUIRE(mirrored.warnings().size() == 4);
  CHECK(mirrored.field(mirrored.warnings()[3], "different") == "6");
}

TEST_CASE("two mirrors copy the same request, each to its own upstream") {
  FakeHost host;
  const std::string upstreams = std::string(kUpstreams) + "[[upstream]]\nname = 'third'\n";
  host.share_snapshot();
  REQUIRE(host.load("mirror", std::string(kPlugin) + "upstream = 'next'\n" + upstreams));
  REQUIRE(host.load("mirror", std::string(kPlugin) + "upstream = 'third'\n" + upstreams));
  auto ex = host.exchange("GET", "/");
  host.run(SLUICE_ON_REQUEST, ex);
  host.run(SLUICE_ON_UPSTREAM_REQUEST, ex);
  REQUIRE(host.callouts().size() == 2);
  CHECK(host.callouts()[0].upstream == "next");
  CHECK(host.callouts()[1].upstream == "third");
  CHECK(ex.note("mirror") == "sent, sent");
}

TEST_CASE("an exchange that ends first, and one whose answer comes first, leave nothing behind") {
  Mirrored mirrored("compare = { status = true }\n");
  {
    auto ex = mirrored.host.exchange("GET", "/");
    mirrored.send(ex);
  }
  mirrored.host.answer(mirrored.host.callouts()[0], 500);
  CHECK(mirrored.warnings().empty());
}

TEST_CASE("what is wrong with a mirror's configuration is named with the way out") {
  CHECK_THAT(refusal("upstream = 'nxt'\n"), ContainsSubstring(":3:12: \"nxt\" is not configured"));
  for (const char* sample : {"'1'", "'101%'", "-0.1", "1.5", "'x%'", "'nan%'", "true", "'1%%'"})
    CHECK_THAT(refusal("upstream = 'next'\nsample = " + std::string(sample) + "\n"),
               ContainsSubstring("needs \"0%\" to \"100%\" or a number from 0 to 1"));
  const auto after = [](const std::string& line) {
    return refusal("upstream = 'next'\n" + line + "\n");
  };
  CHECK_THAT(after("sample_by = { query = 'a' }"), ContainsSubstring("needs \"client\", { header"));
  CHECK_THAT(after("body_limit = '17MiB'"), ContainsSubstring("is not 0 to 16777216"));
  CHECK_THAT(after("max_in_flight = 0"), ContainsSubstring("is not 1 to 1024"));
  CHECK_THAT(after("max_in_flight = -1"), ContainsSubstring("is not 1 to 1024"));
  CHECK_THAT(after("timeout = '11m'"), ContainsSubstring("is not 1ms to 10m"));
  CHECK_THAT(after("compare = { body = 'md5' }"), ContainsSubstring("needs \"hash\" or \"none\""));
  CHECK_THAT(after("headers = { set = { Host = 'a' } }"), ContainsSubstring("the gateway writes itself"));
  CHECK_THAT(after("headers = { set = { 'a b' = 'a' } }"), ContainsSubstring("is no field name"));
  CHECK_THAT(after("marker = 'x:y'"), ContainsSubstring("is no field name"));
}

TEST_CASE("a host without callouts is told so by the mirror") {
  FakeHost host;
  host.without_ability("sluice.callout/1");
  CHECK(host.load("mirror", std::string(kPlugin) + "upstream = 'next'\n" + kUpstreams) == nullptr);
  CHECK_THAT(host.problem_text(), ContainsSubstring("sluice.callout/1"));
}
