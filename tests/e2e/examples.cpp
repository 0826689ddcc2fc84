// Every example configuration is a good one.
#include <catch2/catch_test_macros.hpp>

#include <filesystem>

#include "support/process.h"

namespace sluice::test {
namespace {

std::vector<std::string> examples() {
  std::vector<std::string> files = {SLUICE_SOURCE_DIR "/conf/sluice.toml"};
  for (const auto& each : std::filesystem::directory_iterator(SLUICE_SOURCE_DIR "/conf/examples"))
    if (each.path().extension() == ".toml") files.push_back(each.path().string());
  return files;
}

TEST_CASE("Every file of conf/examples passes the check, with nothing said against it") {
  const auto files = examples();
  CHECK(files.size() >= 15);
  for (const auto& file : files) {
    INFO(file);
    const auto done = run({{SLUICE_BINARY_DIR "/sluice", "check", "-c", file}});
    CHECK(done.code == 0);
    CHECK(done.errors == "");
    CHECK(done.output == file + ": good\n");
  }
}

TEST_CASE("Every example begins with what it is for") {
  for (const auto& file : examples()) {
    INFO(file);
    CHECK(read_file(file).starts_with("# "));
  }
}

}  // namespace
}  // namespace sluice::test
