// The program's plugin-check on real shared objects: good ones pass, and each bad one is found out by what is wrong with it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"

namespace {

using namespace sluice::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using namespace std::chrono_literals;

std::string object(std::string_view name) {
  return SLUICE_BINARY_DIR "/tests/objects/" + std::string(name) + ".so";
}

Finished check(std::vector<std::string> words) {
  words.insert(words.begin(), {SLUICE_BINARY_DIR "/sluice", "plugin-check"});
  return run({.argv = std::move(words)}, 100s);
}

// The report of a check as findings.
struct Report {
  int code = 0;
  Json json;

  explicit Report(std::vector<std::string> words) {
    words.push_back("--json");
    auto done = check(std::move(words));
    INFO(done.output);
    INFO(done.errors);
    code = done.code;
    json = Json::parse(done.output);
    CHECK(json["exit_code"] == code);
  }
  // The reasons of what has this outcome, one a line.
  std::string reasons(std::string_view outcome) const {
    std::string all;
    for (const auto& finding : json["checks"])
      if (finding["outcome"] == outcome)
        all += finding["check"].get<std::string>() + ": " + finding["reason"].get<std::string>() + "\n";
    return all;
  }
  int count(const char* outcome) const { return json[outcome].get<int>(); }
};

// misbehave.so with one fault, in the steps named.
std::string fault(const std::string& name, const std::string& only, const std::string& patience = "5s") {
  Report report({object("misbehave"), "fault=" + name, "--only", only, "--patience", patience});
  CHECK(report.code == 1);
  return report.reasons("failed");
}

// A built-in passes these steps with this configuration, without a warning. In parts, so that none takes long.
void check_good(std::vector<std::string> words, const std::vector<std::string>& parts) {
  words.insert(words.end(), {"--only", {}});
  for (const auto& part : parts) {
    words.back() = part;
    Report report(words);
    INFO(report.reasons("failed"));
    INFO(report.reasons("warn"));
    CHECK(report.code == 0);
    CHECK(report.count("warn") == 0);
    CHECK_THAT(report.reasons("ok"), ContainsSubstring(part));
    CHECK(report.json["plugin"]["name"] == words[0]);
  }
}

const std::vector<std::string> kLast{"ends: ", "neighbours: ", "snapshots: "};

// A script that waits in every hook; no time passes for it.
std::string waiting_script(const TempDir& folder) {
  std::string script =
      "local sluice = require 'sluice'\nlocal function wait() sluice.sleep(60) end\nreturn {\n";
  for (auto hook :
       {"on_request", "on_route", "on_balance", "on_upstream_request", "on_response", "on_error", "on_log"})
    script += std::string(hook) + " = wait,\n";
  return "script=" + folder.write("waits.lua", script + "}\n");
}

}  // namespace

TEST_CASE("the router passes: configurations") { check_good({"router"}, {"create: "}); }
TEST_CASE("the router passes: exchanges") { check_good({"router"}, {"exchange: "}); }
TEST_CASE("the router passes: endings and snapshots") { check_good({"router"}, kLast); }
TEST_CASE("the access log passes: configurations") { check_good({"access_log"}, {"create: "}); }
TEST_CASE("the access log passes: exchanges") { check_good({"access_log"}, {"exchange: "}); }
TEST_CASE("the access log passes: endings and snapshots") { check_good({"access_log"}, kLast); }

TEST_CASE("Lua that waits in every hook passes: configurations") {
  TempDir folder;
  check_good({"lua", waiting_script(folder)}, {"create: "});
}

TEST_CASE("Lua that waits in every hook passes: exchanges") {
  TempDir folder;
  check_good({"lua", waiting_script(folder)}, {"exchange: "});
}

TEST_CASE("Lua that waits in every hook passes: endings, waits and snapshots") {
  TempDir folder;
  check_good({"lua", waiting_script(folder)}, {"ends: ", "waits: ", "neighbours: ", "snapshots: "});
}

TEST_CASE("a plugin that waits well passes, and its waits were resumed late and from another thread") {
  Report report({object("misbehave")});
  INFO(report.reasons("failed"));
  CHECK(report.code == 0);
  CHECK_THAT(report.reasons("ok"), ContainsSubstring("waits: resumed from another thread: "));
  CHECK_THAT(report.reasons("ok"), ContainsSubstring("waits: resumed when the exchange has ended: "));
  CHECK_THAT(report.reasons("ok"),
             ContainsSubstring("exchange: GET: 200, 3 calls, 2 waits, 1 slot value freed"));
}

TEST_CASE("what the loader refuses is reported as the loader says it, and nothing else is tried") {
  auto said = [](std::string_view name) {
    Report report({object(name)});
    CHECK(report.code == 1);
    CHECK(report.json["checks"].size() == 1);
    return report.reasons("failed");
  };
  CHECK_THAT(said("no_symbol"), ContainsSubstring("has no symbol sluice_plugin_entry"));
  CHECK_THAT(said("wrong_major"), ContainsSubstring("built for plugin ABI 99, this host has 1"));
  CHECK_THAT(said("throws"), ContainsSubstring("threw an exception: no licence file"));
  CHECK_THAT(said("null_entry"), ContainsSubstring("returned null"));
  CHECK_THAT(said("small_struct"), ContainsSubstring("is 40 bytes long, ABI 1 needs at least 112"));
  CHECK_THAT(said("unresolved"), ContainsSubstring("undefined symbol: sluice_host_private"));
  CHECK_THAT(said("bad_name"), ContainsSubstring("its name is \"Bad-Name\""));
  CHECK_THAT(said("bad_keys"), ContainsSubstring("cannot have the default \"soon\""));
  CHECK_THAT(said("crashes_in_entry"),
             ContainsSubstring("was ended by SIGABRT (Aborted) in sluice_plugin_entry"));
}

TEST_CASE("what is not there cannot be checked") {
  Report report({object("not_there")});
  CHECK(report.code == 2);
  CHECK_THAT(report.reasons("unusable"), ContainsSubstring("there is no file "));
  Report name({"no_such_builtin"});
  CHECK(name.code == 1);
  CHECK_THAT(name.reasons("failed"), ContainsSubstring("no built-in plugin is called \"no_such_builtin\""));
}

TEST_CASE("an exception out of create() and a refusal without a reason are faults of the plugin") {
  Report thrown({object("throws_create")});
  CHECK(thrown.code == 1);
  CHECK_THAT(thrown.reasons("failed"), ContainsSubstring("create() threw an exception: no table"));
  Report silent({object("misbehave"), "silent=true", "--only", "create"});
  CHECK(silent.code == 1);
  CHECK_THAT(silent.reasons("failed"), ContainsSubstring("gave no reason, with fault = 'xxx"));
  CHECK_THAT(Report({object("misbehave"), "--only", "create"}).reasons("ok"),
             ContainsSubstring("create: wrong types: 11 values refused cleanly"));
}

TEST_CASE("each worker is served by its own state, on one thread") {
  Report report({object("own_worker")});
  INFO(report.reasons("failed"));
  INFO(report.reasons("warn"));
  CHECK(report.code == 0);
  CHECK(report.count("warn") == 0);
}

TEST_CASE("one state for all workers is found") {
  Report report({object("shared_worker"), "--only", "create"});
  CHECK(report.code == 1);
  CHECK_THAT(report.reasons("failed"),
             ContainsSubstring("create_worker() gave the same state to two workers"));
}

TEST_CASE("what is careless is warned of, and does not fail but for children of what is no table") {
  Report report({object("careless"), "--only", "descriptor"});
  CHECK(report.code == 0);
  const auto warnings = report.reasons("warn");
  CHECK_THAT(warnings, ContainsSubstring("has no hooks"));
  CHECK_THAT(warnings, ContainsSubstring("takes keys and has no create()"));
  CHECK_THAT(warnings, ContainsSubstring("is built for ABI 1.") && ContainsSubstring("this host has 1."));
  CHECK_THAT(warnings, ContainsSubstring("has no summary"));
  Report keys({object("careless"), "--only", "keys"});
  CHECK(keys.code == 1);
  CHECK_THAT(keys.reasons("failed"), ContainsSubstring("key \"list\" has children and is no table"));
  CHECK_THAT(keys.reasons("warn"), ContainsSubstring("key \"Wait-Time\" is not written as all others are"));
  CHECK_THAT(keys.reasons("warn"), ContainsSubstring("key \"word\" has no meaning"));
}

TEST_CASE("statics that the dynamic loader shares between plugins are warned of") {
  CHECK_THAT(Report({object("shared_static"), "--only", "keys"}).reasons("warn"),
             ContainsSubstring("shared with every other plugin"));
}

TEST_CASE("each misuse of a token is told from the others") {
  CHECK_THAT(fault("double_resume", "exchange: GET"),
             ContainsSubstring("called resume() for a token of on_request that had been given back before"));
  CHECK_THAT(fault("no_token", "exchange: GET"),
             ContainsSubstring("on_request answered PAUSE without a token"));
  CHECK_THAT(fault("no_pause", "exchange: GET"),
             ContainsSubstring("on_request took a token with pause() and did not answer PAUSE"));
  CHECK_THAT(fault("lost_token", "exchange: GET", "300ms"),
             ContainsSubstring("on_request answered PAUSE and was not resumed within 0.3 s"));
  CHECK_THAT(fault("polls", "exchange: GET"),
             ContainsSubstring("on_request answered PAUSE and was not resumed within "));
  CHECK_THAT(fault("resume_uses_exchange", "exchange: GET"),
             ContainsSubstring("called note() outside a hook, and without holding the exchange paused"));
}

TEST_CASE("exchanges used on the wrong thread, too late, or in place of another are found") {
  CHECK_THAT(fault("other_thread", "exchange: GET"),
             ContainsSubstring("called get() on another thread than the exchange's"));
  CHECK_THAT(fault("stale_exchange", "exchange: GET"),
             ContainsSubstring("called get() with an exchange that is over"));
  CHECK_THAT(fault("state_in_self", "many at once"), ContainsSubstring("called get() "));
}

TEST_CASE("timers that outlive their exchange are warned of, and a wait left to them is no fault") {
  Report left({object("misbehave"), "fault=timer_left", "--only", "exchange: GET"});
  CHECK(left.code == 0);
  CHECK_THAT(left.reasons("warn"), ContainsSubstring("1 timer outlived the exchange that made it"));
  Report ended({object("misbehave"), "fault=no_cancel", "--only", "ends: "});
  INFO(ended.reasons("failed"));
  CHECK(ended.code == 0);
}

TEST_CASE("slots outside create() and slots of nobody are found") {
  CHECK_THAT(fault("late_slot", "exchange: GET"),
             ContainsSubstring("reserved the slot \"misbehave/late\" while exchanges run"));
  CHECK_THAT(fault("wrong_slot", "exchange: GET"),
             ContainsSubstring("called slot_set() for slot 63, which nobody reserved"));
}

TEST_CASE("verdicts that are none, or not possible, are found") {
  CHECK_THAT(fault("no_verdict", "exchange: GET"),
             ContainsSubstring("on_request answered 17, which is no verdict"));
  CHECK_THAT(fault("responds_in_log", "exchange: GET"), ContainsSubstring("on_log answered RESPOND"));
  Report report({object("misbehave"), "fault=no_reason", "--only", "exchange: GET"});
  CHECK(report.code == 0);
  CHECK_THAT(report.reasons("warn"), ContainsSubstring("on_request answered FAIL without a reason"));
}

TEST_CASE("a hook that throws, crashes, hangs or ends the process is named, and the other steps go on") {
  CHECK_THAT(fault("throws", "exchange: GET"),
             ContainsSubstring("on_request threw an exception: thrown on purpose"));
  CHECK_THAT(fault("exits", "exchange: GET"),
             ContainsSubstring("the process ended with exit code 0 in on_request"));
  CHECK_THAT(fault("hangs", "exchange: HEAD", "300ms"),
             ContainsSubstring("did not come back within 3 s in on_request"));
  Report report({object("misbehave"), "fault=crash_after_abort", "--only", "s: "});
  CHECK_THAT(
      report.reasons("failed"),
      ContainsSubstring(
          "ends: the client goes away after each call: the process was ended by SIGABRT (Aborted) in on_log"));
  CHECK_THAT(report.reasons("ok"), ContainsSubstring("neighbours: another plugin fails"));
}

TEST_CASE("pieces of bodies and long fields bring down a plugin that did not expect them") {
  CHECK_THAT(fault("empty_piece", "exchange: POST in pieces"), ContainsSubstring(" in on_request_body"));
  CHECK_THAT(fault("buffer", "exchange: a field of 60,000 bytes"), ContainsSubstring("the process "));
  CHECK(Report({object("misbehave"), "fault=buffer", "--only", "exchange: GET"}).code == 0);
}

TEST_CASE(
    "a configuration comes from a file and from words, and what is wrong with it is said with its place") {
  TempDir folder;
  const auto file = folder.path() / "own.toml";
  std::ofstream(file) << "silent = true\nfault = 'no_token'\n";
  Report from_file({object("misbehave"), "-c", file.string(), "--only", "exchange: GET"});
  CHECK_THAT(from_file.reasons("failed"), ContainsSubstring("without a token"));
  Report over({object("misbehave"), "-c", file.string(), "fault=", "--only", "exchange: GET"});
  CHECK(over.code == 0);
  std::ofstream(file) << "silent = true\n\nfalut = 'x'\n";
  Report wrong({object("misbehave"), "-c", file.string()});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.reasons("unusable"), ContainsSubstring("own.toml:3:1: "));
  CHECK_THAT(wrong.reasons("unusable"), ContainsSubstring("\"fault\""));
  CHECK(check({object("misbehave"), "-c", (folder.path() / "none.toml").string()}).code == 2);
  CHECK(check({object("misbehave"), "no word"}).code == 2);
  CHECK(check({"--no-such-option"}).code == 2);
}

TEST_CASE("routes of the author's file and requests of the author's are served") {
  TempDir folder;
  const auto file = folder.path() / "routes.toml";
  std::ofstream(file)
      << "[[route]]\nname = 'teapot'\nmatch = { path = '/tea' }\nrespond = { status = 418, body = 'tea' }\n";
  Report report({"router", "-c", file.string(), "-r", "GET /tea", "--only", "exchange: GET /tea"});
  INFO(report.json.dump(1));
  CHECK(report.code == 0);
  CHECK_THAT(report.reasons("ok"), ContainsSubstring("exchange: GET /tea: 418"));
}

TEST_CASE("the report in words has a line for each check, the remedy once, and the count") {
  auto done = check({object("misbehave"), "fault=no_token", "--only", "exchange: POST"});
  CHECK(done.code == 1);
  CHECK_THAT(done.output, ContainsSubstring("misbehave 1 (Breaks one rule of the ABI.)\nok        load "));
  CHECK_THAT(done.output,
             ContainsSubstring(
                 "failed    exchange: POST in pieces\n          on_request answered PAUSE without a token\n"
                 "          -> take one with exchange->pause() in the same call"));
  CHECK(done.output.find("-> take one") == done.output.rfind("-> take one"));
  CHECK_THAT(done.output, ContainsSubstring(" failed\n"));
  CHECK(done.errors.empty());
}
