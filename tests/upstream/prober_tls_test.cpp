// What a TLS check sends and what it takes for an answer. A real server is asked in prober_openssl_test.cpp.
#include <catch2/catch_test_macros.hpp>

#include "upstream/health/prober.h"
#include "upstream/health/tls_check.h"
#include "upstream/health_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using State = ServerHelloReader::State;

std::string record(char type, const std::string& content) {
  return type + "\x03\x03"s + static_cast<char>(content.size() >> 8) +
         static_cast<char>(content.size() & 0xff) + content;
}

std::string server_hello(const std::string& version = "\x03\x03"s) {
  const auto body = version + std::string(32, 'r') + "\x00\x13\x01\x00"s;
  return "\x02\x00\x00"s + static_cast<char>(body.size()) + body;
}

// As State, fed with pieces of `cut` bytes.
State read(ServerHelloReader& reader, const std::string& bytes, std::size_t cut = 1) {
  auto state = State::reading;
  for (std::size_t at = 0; at < bytes.size() && state == State::reading; at += cut)
    state = reader.take(std::string_view(bytes).substr(at, cut));
  return state;
}

unsigned number(const std::string& bytes, std::size_t at, std::size_t size) {
  unsigned value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

TEST_CASE("A ClientHello's lengths fit together and nothing is left over") {
  std::mt19937_64 random(1);
  for (const std::string name : {"", "app.internal"}) {
    const auto hello = client_hello(name, random);
    CHECK(number(hello, 3, 2) == hello.size() - 5);
    CHECK(number(hello, 6, 3) == hello.size() - 9);
    auto at = std::size_t{5 + 4 + 2 + 32};
    at += 1 + number(hello, at, 1);
    at += 2 + number(hello, at, 2);
    at += 1 + number(hello, at, 1);
    REQUIRE(number(hello, at, 2) == hello.size() - at - 2);
    at += 2;
    bool has_name = false;
    while (at < hello.size()) {
      has_name |= number(hello, at, 2) == 0;
      at += 4 + number(hello, at + 2, 2);
    }
    CHECK(at == hello.size());
    CHECK(has_name == !name.empty());
  }
}

TEST_CASE("A ServerHello passes however its bytes and records are cut") {
  const auto hello = server_hello();
  for (std::size_t split = 1; split < hello.size(); ++split) {
    ServerHelloReader reader;
    CHECK(read(reader, record(22, hello.substr(0, split)) + record(22, hello.substr(split)), split) ==
          State::passed);
  }
}

TEST_CASE("Half a ServerHello is none yet") {
  ServerHelloReader reader;
  const auto bytes = record(22, server_hello());
  CHECK(read(reader, bytes.substr(0, bytes.size() - 1)) == State::reading);
}

TEST_CASE("What is no ServerHello fails with what it was") {
  const std::pair<std::string, std::string> cases[] = {
      {record(21, "\x02\x28"s), "alert: handshake_failure"},
      {record(21, "\x02\x70"s), "alert: unrecognized_name"},
      {record(21, "\x02\xf0"s), "alert: number 240"},
      {"HTTP/1.1 400 Bad Request\r\n", "answers, but not with TLS"},
      {"\x16\x02", "answers, but not with TLS"},
      {record(22, ""), "a TLS record of impossible length"},
      {record(22, "\x01\x00\x00\x30"s), "TLS handshake message 1 in place of a ServerHello"},
      {record(22, "\x02\x00\x00\x05"s), "a ServerHello of impossible length"},
      {record(22, server_hello("\x03\x01"s)), "chose version 0x0301, older than TLS 1.2"},
  };
  for (auto& [bytes, reason] : cases) {
    ServerHelloReader reader;
    CHECK(read(reader, bytes) == State::failed);
    CHECK(reader.found() == reason);
  }
}

TEST_CASE("A TLS check names the server, and not by an address") {
  for (const auto& [authority, name] :
       {std::pair{"app.internal:443", "app.internal"}, {"192.0.2.1:443", ""}}) {
    Loop loop;
    FakeNet net(loop);
    HeardBlocks heard;
    Prober prober(loop, heard, net.connector());
    CheckSettings check;
    check.kind = CheckSettings::Kind::tls;
    auto endpoint = endpoint_at("192.0.2.1:443", authority);
    prober.watch({{endpoint, check}});
    pass_time(loop, 100ms);
    net.settle();
    REQUIRE(net.connected.size() == 1);
    CHECK((net.connected[0]->sent.find("app.internal") != std::string::npos) == (*name != '\0'));
    net.connected[0]->feed(record(22, server_hello()));
    net.settle();
    CHECK(prober.status(*endpoint).state == Prober::Status::State::up);
    CHECK(net.alive() == 0);
  }
}

}  // namespace
}  // namespace sluice::test
