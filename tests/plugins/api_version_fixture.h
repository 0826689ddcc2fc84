// The built-in api_version with a configuration of its own: the common part of its tests.
#pragma once

#include <catch2/catch_message.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/fake_host.h"

namespace sluice::test {

class Versioned {
 public:
  // `toml`: keys of the plugin's table, then [[version]] and [[route]] tables. Upstreams "one" and "two" are there.
  explicit Versioned(std::string_view toml, std::string place = "global") {
    host.set_place(std::move(place));
    const auto text = "upstream = [{ name = \"one\" }, { name = \"two\" }]\n" + std::string(toml);
    if (!host.load("api_version", text)) throw std::runtime_error("refused:\n" + host.problem_text());
  }

  // What a request gets: the version's name, "-" when it was left alone, or the status and the reason of a refusal.
  std::string version(std::string_view target, FakeHeaders headers = {}, std::string method = "GET") {
    auto ex = host.exchange(std::move(method), target, std::move(headers));
    const auto verdict = host.run(SLUICE_ON_REQUEST, ex);
    if (verdict == SLUICE_RESPOND) return std::to_string(ex.status()) + " " + ex.note("api_version.refused");
    if (verdict != SLUICE_CONTINUE) return "failed: " + ex.fail_reason();
    return ex.note("api_version").empty() ? "-" : ex.note("api_version");
  }

  // Headers of the response to a GET that an origin answers with these headers, or the plugin itself.
  FakeHeaders answered(std::string_view target, FakeHeaders headers = {}, FakeHeaders response = {}) {
    auto ex = host.exchange("GET", target, std::move(headers));
    if (host.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE) ex.answered(200, std::move(response));
    host.run(SLUICE_ON_RESPONSE, ex);
    return ex.headers(SLUICE_RESPONSE_HEADERS);
  }

  FakeHost host;
};

// All values of a name, joined by " | ".
inline std::string all(const FakeHeaders& headers, std::string_view name) {
  std::string out;
  for (const auto& [key, value] : headers)
    if (key == name) out += (out.empty() ? "" : " | ") + value;
  return out;
}

// What the host says to this configuration, one problem a line.
inline std::string version_problems(std::string_view toml, std::string place = "global") {
  FakeHost host;
  host.set_place(std::move(place));
  host.load("api_version", "upstream = [{ name = \"one\" }]\n" + std::string(toml));
  return host.problem_text();
}

}  // namespace sluice::test
