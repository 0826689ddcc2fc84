// Real shared objects, most of them bad: what the loader says of each.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>

#include "plugin/library.h"
#include "plugin/registry.h"
#include "plugin/shared_symbols.h"
#include "support/temp_dir.h"

namespace {

using namespace sluice;
using Catch::Matchers::ContainsSubstring;

struct Loader {
  sluice_exchange_api exchange{};
  Host host{exchange};
  Libraries libraries{host};

  static std::string file(std::string_view name) {
    return SLUICE_BINARY_DIR "/tests/objects/" + std::string(name) + ".so";
  }
  std::string refusal(std::string_view name) {
    auto library = libraries.load(file(name));
    REQUIRE_FALSE(library.has_value());
    CHECK_THAT(library.error(), ContainsSubstring(file(name)));
    CHECK(library.error().find('\n') == std::string::npos);
    return library.error();
  }
};

}  // namespace

TEST_CASE("an object without the entry symbol is refused by the symbol's name") {
  CHECK_THAT(Loader().refusal("no_symbol"), ContainsSubstring("has no symbol sluice_plugin_entry"));
}

TEST_CASE("another major version is refused with both numbers and the command that rebuilds") {
  auto said = Loader().refusal("wrong_major");
  CHECK_THAT(said, ContainsSubstring("built for plugin ABI 99, this host has 1"));
  CHECK_THAT(said, ContainsSubstring("g++ -std=c++20 -shared -fPIC"));
}

TEST_CASE("an entry that throws or gives null is refused, and the process lives") {
  Loader loader;
  CHECK_THAT(loader.refusal("throws"), ContainsSubstring("threw an exception: no licence file"));
  CHECK_THAT(loader.refusal("throws_number"),
             ContainsSubstring("threw an exception that is no std::exception"));
  CHECK_THAT(loader.refusal("null_entry"), ContainsSubstring("returned null"));
}

TEST_CASE("a descriptor that is too short says how long it must be") {
  Loader loader;
  CHECK_THAT(loader.refusal("small_struct"), ContainsSubstring("is 40 bytes long, ABI 1 needs at least 112"));
  CHECK_THAT(loader.refusal("no_size"), ContainsSubstring("set `size` to sizeof(sluice_plugin)"));
}

TEST_CASE("what the dynamic loader says is passed on with the file's own name") {
  auto said = Loader().refusal("unresolved");
  CHECK_THAT(said, ContainsSubstring("undefined symbol: sluice_host_private"));
  CHECK_THAT(said, !ContainsSubstring("/proc/"));
}

TEST_CASE("a plugin's own faults are named") {
  Loader loader;
  CHECK_THAT(loader.refusal("bad_name"),
             ContainsSubstring(R"(its name is "Bad-Name"; needs 1 to 64 of a-z, 0-9 and _)"));
  auto said = loader.refusal("bad_keys");
  CHECK_THAT(said, ContainsSubstring("key \"on_failure\" belongs to the gateway in [[plugin]]"));
  CHECK_THAT(said, ContainsSubstring("key \"wait\" cannot have the default \"soon\""));
  CHECK_THAT(said, ContainsSubstring("key \"wait\" is there twice"));
}

TEST_CASE("files that are no shared objects are refused before they reach the dynamic loader") {
  Loader loader;
  CHECK_THAT(loader.refusal("not_there"), ContainsSubstring("No such file or directory"));
  std::ofstream(Loader::file("text")) << "hello";
  CHECK_THAT(loader.refusal("text"), ContainsSubstring("no shared object (5 bytes, not ELF)"));
  std::ofstream(Loader::file("cut")) << "\x7f"
                                        "ELF";
  CHECK_THAT(loader.refusal("cut"), ContainsSubstring("cannot load"));
}

TEST_CASE("a plugin of an earlier release loads, and what it lacks is null") {
  Loader loader;
  auto library = loader.libraries.load(Loader::file("first_release"));
  REQUIRE(library.has_value());
  CHECK((*library)->name() == "first_release");
  CHECK((*library)->hooks().on_request != nullptr);
  CHECK((*library)->hooks().on_request_body == nullptr);
  CHECK((*library)->hooks().on_log == nullptr);
  CHECK_FALSE((*library)->plugin().guards);
  CHECK((*library)->plugin().wants == nullptr);
}

TEST_CASE("a plugin of a later minor version loads") {
  Loader loader;
  auto library = loader.libraries.load(Loader::file("next_release"));
  REQUIRE(library.has_value());
  CHECK((*library)->plugin().abi_minor == 77);
}

TEST_CASE("keys that have grown are read in their own steps") {
  Loader loader;
  auto library = loader.libraries.load(Loader::file("longer_keys"));
  REQUIRE(library.has_value());
  const auto keys = (*library)->keys().list();
  REQUIRE(keys.size() == 2);
  CHECK(keys[1].name == "second");
  REQUIRE(keys[1].children.size() == 2);
  CHECK(keys[1].children[1].name == "inner_two");
}

TEST_CASE("an unchanged file is not loaded twice, a changed one beside the old") {
  Loader loader;
  test::TempDir folder;
  const std::string copy = (folder.path() / "copy_of_first.so").string();
  std::filesystem::copy_file(Loader::file("first_release"), copy,
                             std::filesystem::copy_options::overwrite_existing);
  auto one = loader.libraries.load(Loader::file("first_release"));
  auto same = loader.libraries.load(copy);
  REQUIRE((one && same));
  CHECK(one->get() == same->get());
  std::ofstream(copy, std::ios::app) << "a byte that no section covers";
  auto other = loader.libraries.load(copy);
  REQUIRE(other.has_value());
  CHECK(other->get() != one->get());
  CHECK((*other)->plugin().hooks->on_request != (*one)->plugin().hooks->on_request);
}

TEST_CASE("overwriting the file does not touch the code that runs") {
  Loader loader;
  test::TempDir folder;
  const std::string copy = (folder.path() / "overwritten.so").string();
  std::filesystem::copy_file(Loader::file("next_release"), copy,
                             std::filesystem::copy_options::overwrite_existing);
  auto library = loader.libraries.load(copy);
  REQUIRE(library.has_value());
  std::ofstream(copy, std::ios::binary) << std::string(std::filesystem::file_size(copy), '\0');
  CHECK((*library)->name() == "next_release");
}

TEST_CASE("a built-in is found by name, and a wrong name gets the nearest") {
  sluice_exchange_api exchange{};
  Host host{exchange};
  test::TempDir folder;
  std::filesystem::copy_file(SLUICE_BINARY_DIR "/tests/objects/first_release.so",
                             folder.path() / "copy_of_first.so");
  Registry registry(host, {SLUICE_BINARY_DIR "/tests/objects", folder.path().string()});
  CHECK(registry.find("first_release").has_value());
  CHECK(registry.find("first_realese").error() ==
        R"(no built-in plugin is called "first_realese"; did you mean "first_release"?)");
  CHECK_THAT(registry.find("my.so").error(), ContainsSubstring(R"(a path has a slash: "./my.so")"));
  CHECK_THAT(registry.find("copy_of_first").error(), ContainsSubstring(R"(calls itself "first_release")"));
}

TEST_CASE("a plugin whose statics the dynamic loader shares is warned of, others are not") {
  Loader loader;
  auto shared = loader.libraries.load(Loader::file("shared_static"));
  REQUIRE(shared.has_value());
  CHECK_THAT((*shared)->warning(), ContainsSubstring("_ZN7Counter8requestsE"));
  auto alone = loader.libraries.load(Loader::file("first_release"));
  REQUIRE(alone.has_value());
  CHECK((*alone)->warning().empty());
}

TEST_CASE("a damaged object gives no shared symbols and reads nothing outside") {
  std::ifstream stream(Loader::file("shared_static"), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    shared_symbols(std::string(bytes, 0, size));
  for (std::size_t i = 0; i < 64; ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(0xff);
    shared_symbols(damaged);
  }
  CHECK(shared_symbols("").empty());
}
