// Outputs that fail: closed, full, broken, or never read. What is lost is the line.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <filesystem>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::string_view kToStdout =
    "workers = 1\n[[plugin]]\nuse = \"access_log\"\nto = \"stdout\"\nqueue = \"64KiB\"\n";

// A pipe with a name, so that its reader can go and another come.
class Fifo {
 public:
  Fifo() : path_((dir_.path() / "pipe").string()) {
    if (mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
    open_reader();
  }
  ~Fifo() { close_reader(); }
  const std::string& path() const { return path_; }
  void open_reader() { fd_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); }
  void close_reader() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  // What can be read now, added to what was read before.
  const std::string& read_more() {
    char bytes[65536];
    for (ssize_t size; (size = read(fd_, bytes, sizeof bytes)) > 0;)
      text_.append(bytes, static_cast<std::size_t>(size));
    return text_;
  }

 private:
  TempDir dir_;
  std::string path_;
  int fd_ = -1;
  std::string text_;
};

void serve(const Gateway& gateway, int count, const std::string& target = "/") {
  Client client = gateway.connect();
  for (int i = 0; i < count; ++i)
    REQUIRE(client.exchange(get(target)).status() == 200);
}

TEST_CASE("A closed standard output harms nothing, and nothing else gets its number") {
  Origin origin;
  Command closed;
  closed.closed_output = true;
  Gateway gateway(proxy_to(origin, kToStdout), closed);
  serve(gateway, 3);
  const std::string folder = "/proc/" + std::to_string(gateway.process().pid()) + "/fd/";
  // Else a log line would go into whatever was opened first: a connection, or a plugin's file.
  CHECK(std::filesystem::read_symlink(folder + "1") == "/dev/null");
}

TEST_CASE("A full disk under the access log costs lines, not requests, and is said once") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "workers = 2\n[[plugin]]\nuse = \"access_log\"\nto = \"/dev/full\""));
  serve(gateway, 3);
  REQUIRE(gateway.process().wait_for_error_text("cannot write to /dev/full: No space left on device"));
  serve(gateway, 300);
  CHECK(gateway.terminate() == 0);
  const std::string log = gateway.log();
  CHECK(log.find("cannot write") == log.rfind("cannot write"));
}

TEST_CASE("A log's reader that dies costs lines until another one comes") {
  Origin origin;
  Fifo pipe;
  Command piped;
  piped.output_file = pipe.path();
  Gateway gateway(proxy_to(origin, kToStdout), piped);
  serve(gateway, 1, "/first");
  CHECK(eventually([&] { return pipe.read_more().contains("/first"); }));
  pipe.close_reader();
  serve(gateway, 3, "/lost");
  REQUIRE(gateway.process().wait_for_error_text("cannot write to stdout: Broken pipe"));
  pipe.open_reader();
  CHECK(eventually([&] {
    serve(gateway, 1, "/again");
    return pipe.read_more().contains("/again");
  }));
  CHECK(gateway.process().wait_for_error_text("stdout takes lines again"));
}

TEST_CASE("A log's reader that does not read delays no request, and what it gets is whole lines") {
  Origin origin;
  Fifo pipe;
  Command piped;
  piped.output_file = pipe.path();
  Gateway gateway(proxy_to(origin, kToStdout), piped);
  // Several times what the pipe and the queue take together.
  serve(gateway, 300, "/" + std::string(4000, 'a'));
  CHECK(eventually([&] {
    serve(gateway, 1, "/last");
    return pipe.read_more().contains("/last");
  }));
  std::istringstream lines(pipe.read_more().substr(0, pipe.read_more().rfind('\n') + 1));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    CHECK_NOTHROW(nlohmann::json::parse(line));
  CHECK(count < 300);
  CHECK(count > 10);
}

TEST_CASE("A log that is moved away goes on in a new file after SIGUSR1") {
  Origin origin;
  Gateway gateway(proxy_to(origin, access_plugin()));
  serve(gateway, 2);
  CHECK(gateway.access(2).size() == 2);
  const std::filesystem::path log = gateway.folder() + "/access.log";
  std::filesystem::rename(log, log.string() + ".1");
  gateway.process().signal(SIGUSR1);
  CHECK(eventually([&] { return std::filesystem::exists(log); }));
  serve(gateway, 3);
  CHECK(gateway.access(3).size() == 3);
}

TEST_CASE("SIGPIPE is nothing to the program") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  gateway.process().signal(SIGPIPE);
  serve(gateway, 3);
}

TEST_CASE("An exit code does not depend on whether its message could be written") {
  const std::string sink = GENERATE(as<std::string>{}, "2>/dev/full", "2>&-", ">&- 2>&-");
  TempDir dir;
  const std::string bad = dir.write("bad.toml", "wrokers = 2\n");
  const auto code_of = [&](const std::string& file) {
    return run({.argv = {"sh", "-c", "exec \"$0\" run -c \"$1\" " + sink, gateway_program(), file}}).code;
  };
  CHECK(code_of(bad) == 1);
  CHECK(code_of("/no/such/file.toml") == 1);
  const RefusingPort taken;
  const std::string busy = dir.write("busy.toml", "[[listener]]\naddress = \"" + taken.endpoint() + "\"\n");
  CHECK(code_of(busy) == 3);
}

}  // namespace
}  // namespace sluice::test
