// Slots: whose they are, for how long, and what becomes of a plugin that lost one.
#include <catch2/catch_test_macros.hpp>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "plugin/library.h"
#include "plugin/slots.h"
#include "plugin/uses.h"

namespace {

using namespace sluice;

// A library's identity, held like its instances do.
struct Owner {
  explicit Owner(Slots& in) : slots(in) { slots.lease(this); }
  ~Owner() { slots.release(this); }
  std::int32_t reserve(std::string_view name, sluice_slot_free_fn free_value = nullptr) {
    Slots::Scope scope(this);
    return slots.reserve(name, free_value);
  }
  Slots& slots;
};

void free_one(void*) {}

}  // namespace

TEST_CASE("slots are one per library, name and free function, at most 64") {
  Slots slots;
  Owner a(slots), b(slots);
  CHECK(a.reserve("a") == 0);
  CHECK(a.reserve("a", free_one) == 1);
  CHECK(a.reserve("a") == 0);
  CHECK(b.reserve("a") == 2);
  for (int i = 3; i < Slots::kMost; ++i)
    CHECK(b.reserve(std::to_string(i)) == i);
  CHECK(a.reserve("one too many") == -1);
  CHECK(a.reserve("a", free_one) == 1);
  CHECK(slots.free_function(0) == nullptr);
  CHECK(slots.free_function(1) == free_one);
}

TEST_CASE("nobody gets a slot outside entry and create") {
  Slots slots;
  CHECK(slots.reserve("a", nullptr) == -1);
}

TEST_CASE("a slot stays its library's until another needs it, and only then is the library stale") {
  Slots slots;
  std::optional<Owner> old(std::in_place, slots);
  const void* id = &*old;
  CHECK(old->reserve("state") == 0);
  Owner fresh(slots);
  for (int i = 1; i < Slots::kMost; ++i)
    CHECK(fresh.reserve(std::to_string(i)) == i);
  CHECK(fresh.reserve("more") == -1);
  old.reset();
  CHECK_FALSE(slots.is_stale(id));
  CHECK(fresh.reserve("more") == 0);
  CHECK(slots.is_stale(id));
}

TEST_CASE("a plugin can be rebuilt and loaded anew any number of times, back to its first build too") {
  const auto folder = std::filesystem::temp_directory_path() / ("sluice-slots-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ifstream stream(SLUICE_BINARY_DIR "/tests/objects/slot_user.so", std::ios::binary);
  const std::string built{std::istreambuf_iterator<char>(stream), {}};
  const auto build = [&](int number) {
    const auto file = (folder / "slot_user.so").string();
    std::ofstream(file, std::ios::binary) << built << "build " << number;
    return file;
  };
  sluice_exchange_api exchange{};
  exchange.slot = reserve_slot;
  Host host{exchange};
  Libraries libraries(host);
  std::shared_ptr<const Library> serving;
  for (int i = 0; i < 100; ++i) {
    auto library = libraries.load(build(i));
    REQUIRE(library.has_value());
    serving = *library;
  }
  serving.reset();
  auto first = libraries.load(build(0));
  REQUIRE(first.has_value());
  CHECK_FALSE(host.slots().is_stale((*first)->slot_owner()));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a C++ plugin that gets no slot is refused, and never writes into another's") {
  sluice_exchange_api exchange{};
  // One for the coroutines, none for its own.
  exchange.slot = [](const sluice_host*, const char* name, sluice_slot_free_fn) -> std::int32_t {
    return std::string_view(name).ends_with("/coroutines") ? 0 : -1;
  };
  Host host{exchange};
  Registry registry(host, {SLUICE_BINARY_DIR "/tests/objects"});
  auto config =
      config::load_text("listener = { address = ':80' }\nplugin = { use = 'cpp_layer' }\n", "test.toml");
  REQUIRE(config.has_value());
  config::Problems problems;
  CHECK_FALSE(make_uses(host, registry, *config, 1, problems));
  CHECK(problems.text() ==
        "test.toml:2:10: plugin[1]: all slots for plugins are taken (the process has 64)\n");
}
