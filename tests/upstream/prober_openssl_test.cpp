// Checks on real sockets: openssl's server takes our hello, whatever versions and curves it is told to speak.
#include <catch2/catch_test_macros.hpp>

#include "support/process.h"
#include "support/temp_dir.h"
#include "upstream/health/prober.h"
#include "upstream/health_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

// openssl s_server on a port of the system's choice.
struct TlsServer {
  TempDir dir;
  std::unique_ptr<Process> process;
  std::string address;

  explicit TlsServer(std::vector<std::string> options) {
    const auto key = dir.path() / "key.pem", certificate = dir.path() / "cert.pem";
    Process made(
        Command{{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", "/CN=app.internal", "-keyout", key.string(), "-out", certificate.string()}});
    REQUIRE(made.wait() == 0);
    std::vector<std::string> argv{"openssl", "s_server",   "-accept", "127.0.0.1:0",       "-www",
                                  "-key",    key.string(), "-cert",   certificate.string()};
    argv.insert(argv.end(), options.begin(), options.end());
    process = std::make_unique<Process>(Command{argv});
    const std::string mark = "ACCEPT 127.0.0.1:";
    REQUIRE(eventually([&] {
      const auto text = process->output();
      const auto at = text.find(mark), end = text.find('\n', at);
      if (at == std::string::npos || end == std::string::npos) return false;
      address = "127.0.0.1:" + text.substr(at + mark.size(), end - at - mark.size());
      return true;
    }));
  }
};

Prober::Status checked(const std::string& address, CheckSettings::Kind kind) {
  Loop loop;
  HeardBlocks heard;
  Prober prober(loop, heard);
  CheckSettings check;
  check.kind = kind;
  check.timeout = kPatience;
  auto endpoint = endpoint_at(address, "app.internal:443");
  prober.watch({{endpoint, check}});
  loop.advance(200ms);
  REQUIRE(eventually([&] {
    loop.run_once(false);
    return prober.status(*endpoint).checked_at_ms != 0;
  }));
  return prober.status(*endpoint);
}

TEST_CASE("A real TLS server passes, whatever of our offer it takes") {
  const std::vector<std::vector<std::string>> servers{
      {},
      {"-tls1_2"},
      {"-tls1_3"},
      {"-tls1_3", "-groups", "P-384"},  // asks for another key first (HelloRetryRequest)
      {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"}};
  for (auto& options : servers) {
    const TlsServer server(options);
    const auto status = checked(server.address, CheckSettings::Kind::tls);
    CHECK(status.last == "ServerHello");
    CHECK(status.passes == 1);
  }
}

TEST_CASE("A TLS server that can agree on nothing fails with its alert") {
  const TlsServer server({"-tls1_2", "-cipher", "ECDHE-ECDSA-CAMELLIA128-SHA256"});
  CHECK(checked(server.address, CheckSettings::Kind::tls).last == "alert: handshake_failure");
}

TEST_CASE("A TLS server that is asked in plain HTTP fails, and passes a tcp check") {
  const TlsServer server({});
  CHECK(checked(server.address, CheckSettings::Kind::http).failures == 1);
  CHECK(checked(server.address, CheckSettings::Kind::tcp).passes == 1);
}

}  // namespace
}  // namespace sluice::test
