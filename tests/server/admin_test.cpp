// What the administrator's socket answers, whatever it is asked.
#include <catch2/catch_test_macros.hpp>

#include "server/admin.h"
#include "support/temp_dir.h"

namespace sluice::test {
namespace {

TEST_CASE("A target or a body with bytes that are no UTF-8 is refused like any other") {
  TempDir dir;
  Loop loop;
  Endpoints endpoints;
  Directory directory(loop, endpoints);
  auto admin = Admin::open(loop, (dir.path() / "admin.sock").string(), directory);
  REQUIRE(admin);
  CHECK((*admin)->answer("PUT", "/upstreams/%FF/endpoints/%C3", R"({"state": "draining"})").status == 404);
  CHECK((*admin)->answer("PUT", "/upstreams/a/endpoints/b", "{\"state\": \"\xff\"}").status == 400);
  CHECK((*admin)->answer("GET", "/upstreams", "").status == 200);
}

}  // namespace
}  // namespace sluice::test
