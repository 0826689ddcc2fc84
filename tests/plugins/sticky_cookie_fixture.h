// The built-in sticky_cookie at an upstream of three endpoints: the common part of its tests.
#pragma once

#include <sluice/ext/balance.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "support/fake_host.h"

namespace sluice::test {

inline constexpr std::string_view kKey = "key = 'q3Jx0b1uC2mWv8kZ5tYhN7rLs9DfGaEo'\n";

// What one request came to.
struct StickyAnswer {
  sluice_verdict verdict = SLUICE_CONTINUE;  // of on_balance
  std::int64_t picked = -1;                  // by the plugin
  std::string word;                          // note "sticky"
  FakeHeaders response;
  FakeHeaders upstream_request;

  // All values of a response header, joined by " | ".
  std::string all(std::string_view name) const {
    std::string out;
    for (const auto& [key, value] : response)
      if (key == name) out += (out.empty() ? "" : " | ") + value;
    return out;
  }
  // What a browser sends back: "name=value" of the only Set-Cookie line.
  std::string cookie() const {
    const auto line = all("Set-Cookie");
    return line.substr(0, line.find(';'));
  }
  std::string upstream_header(std::string_view name) const {
    for (const auto& [key, value] : upstream_request)
      if (key == name) return value;
    return "";
  }
};

class Sticky {
 public:
  // `toml`: keys of the plugin's table. Endpoints of upstream "app": 10.0.0.1:80 to 10.0.0.3:80.
  explicit Sticky(std::string_view toml = kKey, std::string place = "upstream app") {
    host.set_place(std::move(place));
    const auto text =
        std::string(toml) +
        "\nupstream = [{ name = 'app', endpoints = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'] }, "
        "{ name = 'other', endpoints = ['10.0.0.1:80'] }]\n";
    if (!host.load("sticky_cookie", text)) throw std::runtime_error("refused:\n" + host.problem_text());
  }

  FakeEndpoint& endpoint(std::size_t index) { return host.upstream("app")->endpoints.at(index); }

  // The request goes where the plugin says, else to endpoint `by_chance`, which answers.
  StickyAnswer ask(FakeHeaders headers, std::size_t by_chance = 0, int status = 200,
                   FakeHeaders response = {}) {
    auto ex = host.exchange("GET", scheme + "://shop.example/", std::move(headers));
    ex.with(SLUICE_UPSTREAM, upstream);
    StickyAnswer out;
    out.verdict = host.run(SLUICE_ON_BALANCE, ex);
    out.picked = ex.picked_endpoint();
    if (out.verdict == SLUICE_CONTINUE) {
      if (out.picked < 0) ex.with(SLUICE_ENDPOINT, host.upstream(upstream)->endpoints.at(by_chance).address);
      host.run(SLUICE_ON_UPSTREAM_REQUEST, ex);
      out.upstream_request = ex.headers(SLUICE_UPSTREAM_HEADERS);
      ex.answered(status, std::move(response));
    }
    host.run(SLUICE_ON_RESPONSE, ex);
    out.word = ex.note("sticky");
    out.response = ex.headers(SLUICE_RESPONSE_HEADERS);
    return out;
  }
  // The same with a Cookie line.
  StickyAnswer with(const std::string& cookie, std::size_t by_chance = 0) {
    return ask({{"Cookie", cookie}}, by_chance);
  }

  FakeHost host;
  std::string scheme = "http";
  std::string upstream = "app";
};

// What the host says to this configuration, one problem a line.
inline std::string sticky_problems(std::string_view toml, std::string place = "upstream app") {
  FakeHost host;
  host.set_place(std::move(place));
  host.load("sticky_cookie", std::string(toml) + "\nupstream = [{ name = 'app' }]\n");
  return host.problem_text();
}

}  // namespace sluice::test
