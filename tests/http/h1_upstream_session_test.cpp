// A connection to an upstream: what is sent, what comes back as events, and what becomes of it then.
#include "http/h1/h1_upstream_session.h"

#include <catch2/catch_test_macros.hpp>

#include "support/fake_transport.h"
#include "support/http_text.h"

namespace sluice::test {
namespace {

class Asking final : public h1::UpstreamHome, public StreamSink {
 public:
  explicit Asking(std::string_view method = "GET") {
    auto transport = net.connector()(loop, *Address::parse("192.0.2.1:80"));
    far = net.connected[0];
    session = std::make_unique<h1::H1UpstreamSession>(std::move(transport), limits, *this);
    net.settle();
    ask(method);
  }
  ~Asking() override {
    Turn turn(loop);
    if (session != nullptr) session->close();
  }
  void ask(std::string_view method) {
    Turn turn(loop);
    HeaderMap none(arena);
    session->set_sink(*this);
    session->send_request(method, "/", "h", none, {}, {}, head);
    session->send_end();
  }
  void feed(std::string_view bytes) {
    if (far->is_closed) return;
    far->feed(bytes);
    net.settle();
  }
  void on_session_open(h1::H1UpstreamSession&, const Error&) override {}
  void on_session_idle(h1::H1UpstreamSession&) override { log += "idle;"; }
  void on_session_closed(h1::H1UpstreamSession&) override {
    log += "closed;";
    loop.defer([](void* dead) { delete static_cast<h1::H1UpstreamSession*>(dead); }, session.release());
  }
  void on_stream_event(const Event& event) override {
    if (auto* data = std::get_if<DataEvent>(&event)) {
      body += data->bytes;
    } else if (std::holds_alternative<HeadersEvent>(event)) {
      log += std::to_string(head.status) + ";";
    } else if (std::holds_alternative<EndEvent>(event)) {
      log += "body=" + body + ";";
      session->finish();
    } else if (auto* abort = std::get_if<AbortEvent>(&event)) {
      log += "abort " + std::string(reason(abort->error.code)) + ";";
      if (!abort->gone) session->finish();
    }
  }
  void on_stream_notice(Notice) override {}

  Loop loop;
  FakeNet net{loop};
  HttpLimits limits;
  FakeTransport* far = nullptr;
  Arena arena;
  ResponseHead head{arena};
  std::unique_ptr<h1::H1UpstreamSession> session;
  std::string body, log;
};

struct Row {
  std::string method, in;
  bool then_close;
  std::string log;
};

const std::string kRefused = "abort upstream_protocol;closed;";

const Row kRows[] = {
    {"GET", response(200, "abc"), false, "200;body=abc;idle;"},
    {"GET", std::string(kChunkedHead) + chunk("ab") + chunk("c") + "0\r\nX: 1\r\n\r\n", false,
     "200;body=abc;idle;"},
    {"GET", "HTTP/1.1 103 Early Hints\r\n\r\n" + response(200, "abc"), false, "103;200;body=abc;idle;"},
    {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", false, "200;body=;idle;"},
    {"GET", "HTTP/1.1 204 No Content\r\n\r\n", false, "204;body=;idle;"},
    {"GET", response(200, "abc", "Connection: close\r\n"), false, "200;body=abc;closed;"},
    {"GET", "HTTP/1.1 200 OK\r\n\r\nabc", true, "200;body=abc;closed;"},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true, "200;abort upstream_reset;closed;"},
    {"GET", std::string(kChunkedHead) + chunk("abc"), true, "200;abort upstream_reset;closed;"},
    {"GET", "", true, "abort upstream_reset;closed;"},
    {"GET", "nonsense\r\n\r\n", false, kRefused},
};

TEST_CASE("Responses become events, however they are cut") {
  for (auto& row : kRows) {
    for (std::size_t at = 0; at <= row.in.size(); ++at) {
      INFO(row.in << "\ncut at " << at);
      Asking asking(row.method);
      if (at > 0) asking.feed(row.in.substr(0, at));
      if (at < row.in.size()) asking.feed(row.in.substr(at));
      asking.far->incoming_end = row.then_close;
      asking.net.settle();
      REQUIRE(asking.log == row.log);
    }
  }
}

TEST_CASE("Bytes behind a response close the connection, wherever the reads are cut") {
  const std::string both = response(200, "abc") + "more";
  for (std::size_t at = 1; at <= both.size(); ++at) {
    Asking asking;
    asking.feed(both.substr(0, at));
    if (at < both.size()) asking.feed(both.substr(at));
    INFO("cut at " << at);
    CHECK(asking.log == "200;body=abc;idle;closed;");
  }
}

TEST_CASE("A request without a body says length 0 only where a body is usual") {
  CHECK(Asking("GET").far->sent == "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(Asking("POST").far->sent == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("A connection is reused from its second request on") {
  Asking asking;
  CHECK_FALSE(asking.session->is_reused());
  asking.feed(response(200, "abc"));
  asking.ask("GET");
  CHECK(asking.session->is_reused());
  CHECK_FALSE(asking.session->has_response_bytes());
}

TEST_CASE("finish() before the response's end closes the connection") {
  Asking asking;
  asking.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
  Turn turn(asking.loop);
  asking.session->finish();
  CHECK(asking.far->is_closed);
  CHECK(asking.log == "200;closed;");
}

}  // namespace
}  // namespace sluice::test
