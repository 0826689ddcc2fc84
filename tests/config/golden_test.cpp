// Golden pairs in tests/golden/config: X.toml and the exact messages it must give, X.txt (empty: it is good).
//
// SLUICE_UPDATE_GOLDEN=1 rewrites the .txt files; read the difference before committing it.
#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/config.h"
#include "config/reference.h"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void compare(const fs::path& file, const std::string& now) {
  if (std::getenv("SLUICE_UPDATE_GOLDEN")) std::ofstream(file, std::ios::binary) << now;
  INFO(file.filename().string());
  CHECK(read(file) == now);
}

}  // namespace

TEST_CASE("each bad file gives exactly its messages") {
  std::size_t count = 0;
  for (const auto& each : fs::directory_iterator(fs::path(SLUICE_SOURCE_DIR) / "tests/golden/config")) {
    if (each.path().extension() != ".toml") continue;
    ++count;
    auto loaded = sluice::config::load_text(read(each.path()), each.path().filename().string());
    compare(fs::path(each.path()).replace_extension(".txt"), loaded ? std::string() : loaded.error().text());
  }
  CHECK(count >= 10);
}

TEST_CASE("conf/README.md is what the key tables say") {
  compare(fs::path(SLUICE_SOURCE_DIR) / "conf/README.md", sluice::config::reference());
}
