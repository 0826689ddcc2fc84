// Lines through the writing thread: to files, over reopening, into full disks and closed pipes.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <thread>

#include "plugin/sinks.h"

namespace {

using namespace sluice;
namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

// A folder that is gone at the end.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("sluice-sink-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string file(std::string_view name) const { return (path / name).string(); }
};

std::string read(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

constexpr std::uint64_t kQueue = 1 << 20;

}  // namespace

TEST_CASE("lines reach the file, which is appended to") {
  Folder folder;
  std::ofstream(folder.file("log")) << "old\n";
  Sinks sinks;
  auto* sink = sinks.open(folder.file("log"), kQueue).value();
  CHECK(sinks.write(*sink, "one\n"));
  CHECK(sinks.write(*sink, "two\nthree\n"));
  sinks.flush();
  CHECK(read(folder.file("log")) == "old\none\ntwo\nthree\n");
}

TEST_CASE("a renamed file keeps its lines, and reopening makes the name anew") {
  Folder folder;
  Sinks sinks;
  auto* sink = sinks.open(folder.file("log"), kQueue).value();
  sinks.write(*sink, "one\n");
  sinks.flush();
  fs::rename(folder.file("log"), folder.file("log.1"));
  sinks.write(*sink, "two\n");
  sinks.reopen();
  sinks.flush();
  sinks.write(*sink, "three\n");
  sinks.flush();
  CHECK(read(folder.file("log.1")) == "one\ntwo\n");
  CHECK(read(folder.file("log")) == "three\n");
}

TEST_CASE("a file that cannot be reopened goes on where it was") {
  Folder folder;
  Sinks sinks;
  fs::create_directory(folder.file("sub"));
  auto* sink = sinks.open(folder.file("sub/log"), kQueue).value();
  sinks.prepare();
  sinks.flush();
  fs::rename(folder.file("sub"), folder.file("moved"));
  sinks.reopen();
  sinks.write(*sink, "still\n");
  sinks.flush();
  CHECK(read(folder.file("moved/log")) == "still\n");
}

TEST_CASE("the same target is one sink, and closing it writes what is queued") {
  Folder folder;
  Sinks sinks;
  auto* one = sinks.open(folder.file("log"), kQueue).value();
  auto* two = sinks.open(folder.file("log"), kQueue).value();
  CHECK(one == two);
  sinks.close(*one);
  sinks.write(*two, "last\n");
  sinks.close(*two);
  sinks.flush();
  CHECK(read(folder.file("log")) == "last\n");
  CHECK(sinks.open(folder.file("log"), kQueue).has_value());
}

TEST_CASE("a target that is none says what one looks like") {
  Sinks sinks;
  CHECK(sinks.open("log.txt", kQueue).error() ==
        R"("log.txt" is no target; needs "stdout", "stderr", "syslog:local0" or a path)");
  CHECK(sinks.open("/nonexistent/log", kQueue).error() ==
        "cannot open /nonexistent/log: No such file or directory");
  CHECK_THAT(sinks.open("syslog:local9", kQueue).error(),
             StartsWith("\"local9\" is no syslog facility; there are daemon"));
  CHECK_THAT(sinks.open("syslog:user:here", kQueue).error(), ContainsSubstring("absolute path of a socket"));
}

TEST_CASE("a full disk loses lines, counts them, and nothing else") {
  Sinks sinks;
  auto* sink = sinks.open("/dev/full", kQueue).value();
  for (int i = 0; i < 3; ++i) {
    CHECK(sinks.write(*sink, "lost\n"));
    sinks.flush();
  }
  CHECK(sink->dropped == 3);
}

TEST_CASE("a pipe without a reader, or whose reader has gone, loses lines, not the process") {
  Folder folder;
  auto name = folder.file("pipe");
  REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
  Sinks sinks;
  auto* sink = sinks.open(name, kQueue).value();
  sinks.write(*sink, "lost\n");
  sinks.flush();
  CHECK(sink->dropped == 1);
  auto reader = std::make_unique<std::fstream>(name, std::ios::in | std::ios::out);
  sinks.write(*sink, "read\n");
  sinks.flush();
  std::string line;
  CHECK(std::getline(*reader, line));
  CHECK(line == "read");
  reader.reset();
  sinks.write(*sink, "lost\n");
  sinks.flush();
  CHECK(sink->dropped == 2);
}

TEST_CASE("a reader that does not read fills the queue, then lines are dropped and counted; none is torn") {
  Folder folder;
  auto name = folder.file("pipe");
  REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
  std::fstream reader(name, std::ios::in | std::ios::out);
  Sinks sinks;
  auto* sink = sinks.open(name, 64 * 1024).value();
  std::string line(999, 'x');
  line += '\n';
  std::size_t accepted = 0;
  for (int i = 0; i < 1000; ++i) {
    accepted += sinks.write(*sink, line) ? 1 : 0;
    if (i % 50 == 0) sinks.flush();
  }
  CHECK(accepted < 1000);
  CHECK(sink->dropped == 1000 - accepted);
  std::size_t arrived = 0;
  for (std::string got; arrived < accepted && std::getline(reader, got); ++arrived)
    CHECK(got.size() == 999);
  CHECK(arrived == accepted);
}

TEST_CASE("many threads write at once: each one's lines arrive whole and in order") {
  Folder folder;
  Sinks sinks;
  auto* sink = sinks.open(folder.file("log"), 64u << 20).value();
  constexpr int kThreads = 4, kLines = 20'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kLines; ++i)
        sinks.write(*sink, std::to_string(t) + " " + std::to_string(i) + "\n");
    });
  for (auto& each : threads)
    each.join();
  sinks.flush();
  std::ifstream stream(folder.file("log"));
  std::array<int, kThreads> next{};
  bool in_order = true;
  for (int t = 0, i = 0; stream >> t >> i;)
    in_order = in_order && i == next[static_cast<std::size_t>(t)]++;
  CHECK(in_order);
  for (auto each : next)
    CHECK(each == kLines);
}

TEST_CASE("syslog gets one datagram a line with facility, time and name") {
  Folder folder;
  auto name = folder.file("syslog");
  int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  Sinks sinks;
  auto* sink = sinks.open("syslog:local3:" + name, kQueue).value();
  sinks.write(*sink, "first\nsecond\n");
  sinks.flush();
  std::array<char, 512> buffer{};
  auto size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  REQUIRE(size > 0);
  std::string got(buffer.data(), static_cast<std::size_t>(size));
  CHECK_THAT(got, StartsWith("<158>"));
  CHECK_THAT(got, ContainsSubstring(" sluice[" + std::to_string(::getpid()) + "]: first"));
  CHECK(::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0);
  ::close(fd);
}

TEST_CASE("a syslog daemon that was restarted gets the whole batch that it was away for") {
  Folder folder;
  auto name = folder.file("syslog");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  auto daemon = [&] {
    ::unlink(name.c_str());
    int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
  };
  int fd = daemon();
  Sinks sinks;
  auto* sink = sinks.open("syslog:local3:" + name, kQueue).value();
  sinks.write(*sink, "before\n");
  sinks.flush();
  ::close(fd);
  fd = daemon();
  sinks.write(*sink, "first\nsecond\nthird\n");
  sinks.flush();
  std::array<char, 512> buffer{};
  for (const char* line : {"first", "second", "third"}) {
    auto size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    REQUIRE(size > 0);
    CHECK_THAT(std::string(buffer.data(), static_cast<std::size_t>(size)),
               ContainsSubstring(std::string(": ") + line));
  }
  CHECK(sinks.ability().dropped(sink) == 0);
  ::close(fd);
}

TEST_CASE("a target that is opened but never used makes no file; prepared, it does") {
  Folder folder;
  Sinks sinks;
  sinks.open(folder.file("log"), kQueue).value();
  sinks.flush();
  CHECK_FALSE(fs::exists(folder.file("log")));
  sinks.prepare();
  sinks.flush();
  CHECK(fs::exists(folder.file("log")));
}

TEST_CASE("after the end lines are dropped and nothing waits") {
  Folder folder;
  Sinks sinks;
  auto* sink = sinks.open(folder.file("log"), kQueue).value();
  sinks.write(*sink, "in time\n");
  sinks.stop();
  CHECK(read(folder.file("log")) == "in time\n");
  sinks.write(*sink, "late\n");
  sinks.flush();
  sinks.stop();
  CHECK(read(folder.file("log")) == "in time\n");
}
