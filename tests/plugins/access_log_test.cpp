// Built-in access_log: what its lines say, in every format, and what it makes of hostile texts.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "plugin/sinks.h"
#include "support/fake_host.h"

namespace {

using namespace sluice::test;
using Catch::Matchers::ContainsSubstring;

// A gateway with an access log in a file of its own.
struct Logged {
  FakeHost host;
  // Another for each: a sink outlives its last close for a moment.
  std::string file = std::filesystem::temp_directory_path() /
                     ("sluice-access-" + std::to_string(::getpid()) + "-" + std::to_string(next()) + ".log");

  static int next() {
    static int number = 0;
    return number++;
  }

  explicit Logged(const std::string& keys) {
    host.set_unix_time(1'795'494'742);
    auto* plugin = host.load("access_log", "to = '" + file + "'\n" + keys);
    INFO(host.problem_text());
    REQUIRE(plugin);
  }
  ~Logged() { std::filesystem::remove(file); }

  std::string line(FakeExchange& ex) {
    CHECK(host.run(SLUICE_ON_LOG, ex) == SLUICE_CONTINUE);
    sluice::Sinks::process().flush();
    std::ifstream stream(file);
    std::string all{std::istreambuf_iterator<char>(stream), {}};
    std::filesystem::resize_file(file, 0);
    REQUIRE(!all.empty());
    CHECK(all.find('\n') == all.size() - 1);
    return all.substr(0, all.size() - 1);
  }
};

std::string refusal(std::string_view keys) {
  FakeHost host;
  CHECK(host.load("access_log", keys) == nullptr);
  return host.problem_text();
}

}  // namespace

TEST_CASE("the usual line is one JSON object, without keys for what did not happen") {
  Logged log("format = 'json'\n");
  auto ex = log.host.exchange("GET", "/a?b=1", {{"User-Agent", "curl/8"}});
  ex.with(SLUICE_T_END, 12'345).with(SLUICE_RESPONSE_BYTES, 7).answered(200);
  CHECK(
      log.line(ex) ==
      R"({"time":"2026-11-24T04:32:22.000Z","request_id":"0123456789abcdef0123456789abcdef","client":"192.0.2.1",)"
      R"("listener":"main","method":"GET","host":"localhost","target":"/a?b=1","protocol":"HTTP/1.1","status":200,)"
      R"("origin":"upstream","attempts":0,"request_bytes":0,"response_bytes":7,"duration_ms":12.345,"user_agent":"curl/8"})");
}

TEST_CASE("common and combined are what log readers expect") {
  Logged common("format = 'common'\n");
  auto ex = common.host.exchange("GET", "/a?b=1", {{"Referer", "http://x/\"y"}});
  ex.with(SLUICE_RESPONSE_BYTES, 7).answered(404);
  CHECK(common.line(ex) == R"(192.0.2.1 - - [24/Nov/2026:04:32:22 +0000] "GET /a?b=1 HTTP/1.1" 404 7)");
  auto* combined = common.host.load("access_log", "to = '" + common.file + "'\nformat = 'combined'\n");
  REQUIRE(combined);
  common.host.run(SLUICE_ON_LOG, ex);
  sluice::Sinks::process().flush();
  std::ifstream stream(common.file);
  std::string all{std::istreambuf_iterator<char>(stream), {}};
  CHECK_THAT(all, ContainsSubstring(R"("GET /a?b=1 HTTP/1.1" 404 7 "http://x/\x22y" "-")"));
}

TEST_CASE(
    "a form of one's own has fields in braces, doubled braces for the character, and - for what is absent") {
  Logged log(R"(format = '{{{status}}} {route} {note.version} {time_unix} {request_header.X-A} {notes}')");
  auto ex = log.host.exchange("GET", "/", {{"X-A", "1\t2"}});
  ex.answered(204);
  CHECK(log.line(ex) == R"({204} - - 1795494742.000 1\x092 -)");
}

TEST_CASE("own JSON fields come in order and may be renamed") {
  Logged log(
      R"(fields = ["status", { field = "request_header.X-Tenant", name = "tenant" }, "response_header.Content-Type", "local"])");
  auto ex = log.host.exchange("GET", "/", {{"x-tenant", "blue"}});
  ex.answered(200, {{"Content-Type", "text/html"}});
  CHECK(log.line(ex) == R"({"status":200,"tenant":"blue","content_type":"text/html","local":false})");
}

TEST_CASE("texts from strangers stay inside their JSON string and are valid UTF-8") {
  Logged log(R"(fields = ["request_header.X"])");
  for (std::string hostile :
       {"a\"b\\c", "line\nbreak", "\x01\x1f\x7f", "gr\xc3\xbc\xc3\x9f", "\xff\xfe", "\xc3", "\xed\xa0\x80",
        "\xf0\x9f\x98\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "\xe0\x80\xaf", "</script>"}) {
    auto ex = log.host.exchange("GET", "/");
    ex.headers(SLUICE_REQUEST_HEADERS).emplace_back("X", hostile);
    auto line = log.line(ex);
    INFO(line);
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    CHECK_FALSE(parsed.is_discarded());
  }
  auto ex = log.host.exchange("GET", "/");
  ex.headers(SLUICE_REQUEST_HEADERS).emplace_back("X", "gr\xc3\xbc\xc3\x9f \xed\xa0\x80");
  CHECK(log.line(ex) == "{\"x\":\"gr\xc3\xbc\xc3\x9f \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST_CASE("no form lets a control of any kind through, DEL and C1 among them") {
  const std::string hostile = "\x7f \xc2\x9b \x9b \xc2\xa0 \xfc";
  {
    Logged log(R"(fields = ["request_header.X"])");
    auto ex = log.host.exchange("GET", "/");
    ex.headers(SLUICE_REQUEST_HEADERS).emplace_back("X", hostile);
    CHECK(log.line(ex) == "{\"x\":\"\\u007f \\u009b \xef\xbf\xbd \xc2\xa0 \xef\xbf\xbd\"}");
  }
  Logged log(R"(format = '{request_header.X}')");
  auto ex = log.host.exchange("GET", "/");
  ex.headers(SLUICE_REQUEST_HEADERS).emplace_back("X", hostile);
  CHECK(log.line(ex) == "\\x7f \\xc2\\x9b \\x9b \xc2\xa0 \\xfc");
}

TEST_CASE("a long text is logged whole") {
  Logged log(R"(fields = ["request_header.X"])");
  auto ex = log.host.exchange("GET", "/", {{"X", std::string(30'000, '"')}});
  CHECK(nlohmann::json::parse(log.line(ex))["x"].get<std::string>().size() == 30'000);
}

TEST_CASE("what is wrong with the configuration is named with the way out") {
  CHECK_THAT(refusal("format = 'jsn'\n"),
             ContainsSubstring(R"(:1:10: "jsn" is no format; needs "json", "common")"));
  CHECK_THAT(refusal("format = '{stauts}'\n"),
             ContainsSubstring(R"("stauts" is no field; there are time, )"));
  CHECK_THAT(refusal("format = '{status'\n"), ContainsSubstring("without its \"}\""));
  CHECK_THAT(refusal("format = 'a}b{status}'\n"), ContainsSubstring("without its \"{\""));
  CHECK_THAT(refusal("format = 'common'\nfields = ['status']\n"),
             ContainsSubstring(":2:10: goes with format"));
  CHECK_THAT(refusal("fields = ['status', 'status']\n"), ContainsSubstring("\"status\" is there twice"));
  CHECK_THAT(refusal("fields = [{ name = 'x' }]\n"), ContainsSubstring("needs a field's name"));
  CHECK_THAT(refusal("to = 'syslog:local9'\n"), ContainsSubstring("\"local9\" is no syslog facility"));
  CHECK_THAT(refusal("to = '/nonexistent/x.log'\n"),
             ContainsSubstring("cannot open /nonexistent/x.log: No such file"));
}

TEST_CASE("a host without outputs is told so") {
  FakeHost host;
  host.without_ability("sluice.sink/1");
  CHECK(host.load("access_log", "to = 'stdout'\n") == nullptr);
  CHECK_THAT(host.problem_text(), ContainsSubstring("sluice.sink/1"));
}
