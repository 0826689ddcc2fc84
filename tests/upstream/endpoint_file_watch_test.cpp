// Endpoint files that change under the eyes of their source.
#include "upstream/discovery/endpoint_file.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "dns_rig.h"
#include "support/captured_log.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct FileRig {
  TempDir dir;
  Loop loop;
  RecordingSink sink;
  std::unique_ptr<Source> source;

  fs::path file(std::string_view name = "endpoints.toml") const { return dir.path() / name; }
  static std::string listing(std::string_view address) {
    return "endpoints = [\"" + std::string(address) + "\"]\n";
  }
  void watch(EndpointFileSettings settings = {.look = 1h, .quiet = 5ms}) {
    source = watch_endpoint_file(loop, file(), sink, settings);
  }
  bool until_told(const Texts& addresses) {
    return runs_until(loop,
                      [&] { return !sink.told.empty() && addresses_of(sink.told.back()) == addresses; });
  }
  bool until_error(std::string_view part) {
    return runs_until(loop, [&] { return source->status().error.find(part) != std::string::npos; });
  }
  void write_in_place(std::string_view text) const {
    std::ofstream(file(), std::ios::binary | std::ios::trunc)
        .write(text.data(), static_cast<std::streamsize>(text.size()));
  }
};

TEST_CASE("An endpoint file is told at first, and again after a rename over it or a write in place") {
  FileRig rig;
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.1:80"));
  rig.watch();
  CHECK(rig.sink.told.empty());
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.2:80"));
  REQUIRE(rig.until_told({"10.0.0.2:80"}));
  rig.write_in_place(FileRig::listing("10.0.0.3:80"));
  REQUIRE(rig.until_told({"10.0.0.3:80"}));
  CHECK(rig.source->status().what == "file " + rig.file().string());
  CHECK(rig.source->status().next_at_ms == 0);
  CHECK(rig.source->status().found == 1);
}

TEST_CASE(
    "A file that is half written, wrong or removed changes nothing, is said once, and its mending is found") {
  FileRig rig;
  const CapturedLog log;
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.1:80"));
  rig.watch();
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.dir.write("endpoints.toml", "endpoints = [\"10.0.0.2:80\", \"10.0");
  REQUIRE(rig.until_error("endpoints.toml:1:"));
  rig.dir.write("endpoints.toml", "endpoints = [\"10.0.0.2\"]");
  REQUIRE(rig.until_error("endpoints.toml:1:14: endpoints[1]: \"10.0.0.2\" has no port"));
  fs::remove(rig.file());
  REQUIRE(rig.until_error("cannot be read: No such file or directory"));
  CHECK(rig.sink.told.size() == 1);
  CHECK(rig.source->status().found == 1);
  CHECK(log.count("its last 1 endpoints stay") == 3);
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.1:80"));
  REQUIRE(runs_until(rig.loop, [&] { return rig.source->status().error.empty(); }));
  CHECK(rig.sink.told.size() == 1);
  CHECK(log.count("is good again") == 1);
}

TEST_CASE("A list that is empty on purpose is told as that") {
  FileRig rig;
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.1:80"));
  rig.watch();
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.dir.write("endpoints.toml", "endpoints = []\n");
  CHECK(rig.until_told({}));
}

TEST_CASE("A file that comes later is found, also with its folder") {
  FileRig rig;
  const auto late = rig.dir.path() / "late" / "endpoints.json";
  rig.source = watch_endpoint_file(rig.loop, late, rig.sink, {.look = 10ms, .quiet = 1ms});
  REQUIRE(rig.until_error("No such file"));
  rig.dir.write("late/endpoints.json", R"({"endpoints": ["10.0.0.1:80"]})");
  CHECK(rig.until_told({"10.0.0.1:80"}));
}

// endpoints.toml -> ..data/endpoints.toml, ..data -> ..1; a change makes ..2 and renames a new link over ..data.
TEST_CASE("A swap of links, as Kubernetes swaps a ConfigMap, is followed") {
  FileRig rig;
  rig.dir.write("..1/endpoints.toml", FileRig::listing("10.0.0.1:80"));
  rig.dir.write("..2/endpoints.toml", FileRig::listing("10.0.0.2:80"));
  fs::create_symlink("..1", rig.file("..data"));
  fs::create_symlink("..data/endpoints.toml", rig.file());
  rig.watch();
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  fs::create_symlink("..2", rig.file("..data_tmp"));
  fs::rename(rig.file("..data_tmp"), rig.file("..data"));
  fs::remove_all(rig.file("..1"));
  REQUIRE(rig.until_told({"10.0.0.2:80"}));
  rig.dir.write("..2/endpoints.toml", FileRig::listing("10.0.0.3:80"));
  CHECK(rig.until_told({"10.0.0.3:80"}));
}

TEST_CASE("A file behind a link is watched where it stands") {
  FileRig rig;
  const TempDir elsewhere;
  const auto real = elsewhere.write("real.toml", FileRig::listing("10.0.0.1:80"));
  fs::create_symlink(real, rig.file());
  rig.watch();
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  elsewhere.write("real.toml", FileRig::listing("10.0.0.2:80"));
  CHECK(rig.until_told({"10.0.0.2:80"}));
}

TEST_CASE("Without notifications a look finds the change") {
  FileRig rig;
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.1:80"));
  rig.watch({.notify = false, .look = 10ms, .quiet = 1ms});
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.2:80"));
  CHECK(rig.until_told({"10.0.0.2:80"}));
}

TEST_CASE("What is no regular file is refused and does not block") {
  FileRig rig;
  const CapturedLog log;
  REQUIRE(mkfifo(rig.file().c_str(), 0600) == 0);
  rig.watch();
  CHECK(rig.until_error("is no regular file"));
}

TEST_CASE("A source that dies with a change under way tells nothing, and leaves no handle behind") {
  FileRig rig;
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.1:80"));
  rig.watch();
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.2:80"));
  rig.source.reset();
  CHECK(runs_until(rig.loop, [&] { return !rig.loop.run_once(false); }));
  CHECK(rig.sink.told.size() == 1);
}

TEST_CASE("A sink may end its file's source while it is told") {
  struct Ending final : SourceSink {
    std::unique_ptr<Source> source;
    std::size_t told = 0;
    void on_found(Source&, const std::vector<Found>& found) override {
      told += found.size();
      source.reset();
    }
  } sink;
  FileRig rig;
  rig.dir.write("endpoints.toml", FileRig::listing("10.0.0.1:80"));
  sink.source = watch_endpoint_file(rig.loop, rig.file(), sink);
  CHECK(runs_until(rig.loop, [&] { return sink.told == 1; }));
}

}  // namespace
}  // namespace sluice::test
