// plugins/example and the plugin of plugins/README.md, built as a user would: out of tree, against the installed headers only, by
// one command and by CMake; and checked by the installed program.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/fake_host.h"

namespace {

using namespace sluice::test;
namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

// A folder with Sluice's SDK installed in it, and copies of the examples; made once, gone at the end.
struct Outside {
  const fs::path root = fs::temp_directory_path() / ("sluice-example-" + std::to_string(::getpid()));

  Outside() {
    fs::create_directories(root);
    run("cmake --install " SLUICE_BINARY_DIR " --component sdk --prefix " + (root / "prefix").string());
    fs::copy(SLUICE_SOURCE_DIR "/plugins/example", root / "example");
  }
  ~Outside() { fs::remove_all(root); }

  static Outside& get() {
    static Outside outside;
    return outside;
  }

  // The whole of Sluice, in a prefix of its own, made at first use.
  fs::path program() const {
    const auto prefix = root / "whole";
    if (!fs::exists(prefix)) run("cmake --install " SLUICE_BINARY_DIR " --prefix " + prefix.string());
    return prefix / "bin/sluice";
  }

  void run(const std::string& command) const {
    auto log = (root / "log").string();
    auto status = std::system(("cd " + root.string() + " && " + command + " > " + log + " 2>&1").c_str());
    std::ifstream said(log);
    INFO(command);
    INFO((std::string{std::istreambuf_iterator<char>(said), {}}));
    REQUIRE(status == 0);
  }
};

constexpr auto kFlags =
    " -Wall -Wextra -Wpedantic -Werror -O1 -shared -fPIC -fvisibility=hidden -I prefix/include ";

}  // namespace

TEST_CASE("one g++ command builds the C++ example against the installed headers, and it works") {
  auto& outside = Outside::get();
  outside.run(std::string("g++ -std=c++20") + kFlags + "example/example.cpp -o example.so");
  FakeHost host;
  REQUIRE(host.load((outside.root / "example.so").string(), "delay = '50ms'\n"));
  auto ex = host.exchange("GET", "/");
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
  host.advance(50);
  CHECK(host.settle(ex) == SLUICE_CONTINUE);
  ex.with(SLUICE_T_REQUEST_HEAD, 1000).with(SLUICE_T_FIRST_BYTE, 43'000).answered(200);
  CHECK(host.run(SLUICE_ON_RESPONSE, ex) == SLUICE_CONTINUE);
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "Server-Timing") == "upstream;dur=42");
}

TEST_CASE("one gcc command builds the C example, and it works") {
  auto& outside = Outside::get();
  outside.run(std::string("gcc -std=c11") + kFlags + "example/example_c.c -o example_c.so");
  FakeHost host;
  REQUIRE(host.load((outside.root / "example_c.so").string(), "deny = ['X-Debug', 'X-Trace']\n"));
  auto good = host.exchange("GET", "/");
  CHECK(host.run(SLUICE_ON_REQUEST, good) == SLUICE_CONTINUE);
  auto bad = host.exchange("GET", "/", {{"x-trace", "1"}});
  CHECK(host.run(SLUICE_ON_REQUEST, bad) == SLUICE_RESPOND);
  CHECK(bad.status() == 403);
}

TEST_CASE("the C example refuses a list of something else at its element") {
  auto& outside = Outside::get();
  outside.run(std::string("gcc -std=c11") + kFlags + "example/example_c.c -o example_c.so");
  FakeHost host;
  CHECK(host.load((outside.root / "example_c.so").string(), "deny = ['X-Debug', 7]\n") == nullptr);
  CHECK_THAT(host.problem_text(), ContainsSubstring(":1:20: needs a header name"));
}

TEST_CASE("find_package(sluice) and sluice_add_plugin build both examples") {
  auto& outside = Outside::get();
  outside.run("cmake -S example -B build -DCMAKE_PREFIX_PATH=" + (outside.root / "prefix").string());
  outside.run("cmake --build build");
  FakeHost host;
  CHECK(host.load((outside.root / "build/example.so").string(), "header = 'X-Time'\n"));
  CHECK(host.load((outside.root / "build/example_c.so").string(), "deny = ['a']\n"));
}

TEST_CASE("the SDK that is installed is headers and the CMake package, without a file of the core") {
  auto& outside = Outside::get();
  for (const auto& entry : fs::recursive_directory_iterator(outside.root / "prefix")) {
    if (entry.is_directory()) continue;
    const auto file = fs::relative(entry.path(), outside.root / "prefix").string();
    INFO(file);
    CHECK((file.starts_with("include/sluice/") || file.starts_with("lib/cmake/sluice/")));
  }
  // The headers stand alone: in any order, in C and in C++.
  for (const auto& entry : fs::recursive_directory_iterator(outside.root / "prefix/include")) {
    if (entry.is_directory()) continue;
    const auto file = entry.path().string();
    if (file.ends_with(".h"))
      outside.run("gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I prefix/include " + file);
    outside.run("g++ -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c++ -include " + file +
                " -I prefix/include /dev/null");
  }
}

TEST_CASE("both examples pass the installed program's plugin-check, built by one command and by CMake") {
  auto& outside = Outside::get();
  const auto check = outside.program().string() + " plugin-check ";
  outside.run(std::string("g++ -std=c++20") + kFlags + "example/example.cpp -o example.so");
  outside.run(std::string("gcc -std=c11") + kFlags + "example/example_c.c -o example_c.so");
  outside.run("cmake -S example -B build -DCMAKE_PREFIX_PATH=" + (outside.root / "prefix").string());
  outside.run("cmake --build build");
  for (const std::string folder : {"./", "build/"}) {
    outside.run(check + folder + "example.so");
    outside.run(check + folder + "example.so delay=1m");
    outside.run(check + folder + "example_c.so \"deny=['X-Debug']\"");
  }
}

TEST_CASE("the installed program finds its built-ins by name") {
  auto& outside = Outside::get();
  outside.run("cd / && " + outside.program().string() +
              " plugin-check access_log to=stderr --only exchange:");
}

TEST_CASE("the plugin that plugins/README.md shows builds with the command it shows, and passes") {
  auto& outside = Outside::get();
  std::ifstream readme(SLUICE_SOURCE_DIR "/plugins/README.md");
  const std::string text{std::istreambuf_iterator<char>(readme), {}};
  const auto begin = text.find("```cpp\n") + 7;
  std::ofstream(outside.root / "hello.cpp") << text.substr(begin, text.find("```", begin) - begin);
  outside.run(std::string("g++ -std=c++20") + kFlags + "hello.cpp -o hello.so");
  outside.run(outside.program().string() + " plugin-check ./hello.so word=hi");
}
