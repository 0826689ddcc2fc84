#include "base/error.h"

#include <catch2/catch_test_macros.hpp>

#include <set>

#include "base/log.h"

using namespace sluice;

TEST_CASE("every code has a word of its own, a status and a sentence") {
  std::set<std::string_view> words;
  for (int i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    INFO(reason(code));
    CHECK_FALSE(reason(code).empty());
    CHECK(words.insert(reason(code)).second);
    CHECK(status_of(code) >= 400);
    CHECK(status_of(code) <= 599);
    CHECK(explain(code).size() > 5);
    CHECK(explain(code).back() == '.');
  }
}

TEST_CASE("statuses follow whose fault it is") {
  for (int i = 1; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const auto error = make_error(code);
    INFO(reason(code));
    if (error.origin == Origin::upstream) CHECK((status_of(code) == 502 || status_of(code) == 504));
    if (error.origin == Origin::plugin) CHECK(status_of(code) == 500);
    if (error.origin == Origin::client) CHECK(log::Level::debug == level_of(code));
  }
}

TEST_CASE("codes map to the statuses that clients know") {
  CHECK(status_of(ErrorCode::bad_request) == 400);
  CHECK(status_of(ErrorCode::bad_host) == 400);
  CHECK(status_of(ErrorCode::header_timeout) == 408);
  CHECK(status_of(ErrorCode::body_too_large) == 413);
  CHECK(status_of(ErrorCode::uri_too_long) == 414);
  CHECK(status_of(ErrorCode::expectation_failed) == 417);
  CHECK(status_of(ErrorCode::headers_too_large) == 431);
  CHECK(status_of(ErrorCode::coding_unsupported) == 501);
  CHECK(status_of(ErrorCode::version_unsupported) == 505);
  CHECK(status_of(ErrorCode::no_route) == 404);
  CHECK(status_of(ErrorCode::no_endpoint) == 503);
  CHECK(status_of(ErrorCode::connect_timeout) == 504);
}

TEST_CASE("an error made of a code has its usual origin") {
  CHECK(make_error(ErrorCode::bad_request).origin == Origin::client);
  CHECK(make_error(ErrorCode::overloaded).origin == Origin::local);
  CHECK(make_error(ErrorCode::upstream_reset, "why").detail == "why");
  CHECK_FALSE(make_error(ErrorCode::upstream_reset).retryable);
  CHECK_FALSE(static_cast<bool>(Error{}));
  CHECK(static_cast<bool>(make_error(ErrorCode::internal)));
}

TEST_CASE("origins have a word") {
  CHECK(name(Origin::local) == "local");
  CHECK(name(Origin::client) == "client");
  CHECK(name(Origin::upstream) == "upstream");
  CHECK(name(Origin::plugin) == "plugin");
}
