// A client's connection: bytes in -> events and bytes out, cut at every offset.
#include "http/h1/h1_server_session.h"

#include <catch2/catch_test_macros.hpp>

#include "support/fake_transport.h"
#include "support/http_text.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

// One connection that answers each request, when it is whole, with its own body, and writes down what happens.
class Echo final : public h1::SessionHome, public StreamSink {
 public:
  explicit Echo(std::size_t cut = std::string::npos) {
    net.cut = cut;
    auto [transport, end] = net.open();
    far = end;
    session = std::make_unique<h1::H1ServerSession>(std::move(transport), settings, *this);
    Turn turn(loop);
    session->start();
  }
  ~Echo() override {
    Turn turn(loop);
    if (session != nullptr) session->close();
  }
  void feed(std::string_view bytes) {
    far->feed(bytes);
    net.settle();
  }

  Opened on_stream_open(h1::H1ServerSession&, ServerStream& opened) override {
    stream = &opened;
    arena.reset();
    request.emplace(arena);
    body.clear();
    return {*this, *request};
  }
  void on_session_closed(h1::H1ServerSession&) override {
    log += "closed;";
    loop.defer([](void* dead) { delete static_cast<h1::H1ServerSession*>(dead); }, session.release());
  }
  void on_stream_event(const Event& event) override {
    if (auto* data = std::get_if<DataEvent>(&event)) {
      body += data->bytes;
    } else if (std::holds_alternative<HeadersEvent>(event)) {
      log += std::string(request->method) + " " + std::string(request->target) + ";";
      if (hold_at_head) stream->hold(Hold::exchange);
    } else if (std::holds_alternative<EndEvent>(event)) {
      log += "body=" + body + ";";
      answer(200);
    } else if (auto* abort = std::get_if<AbortEvent>(&event)) {
      log += "abort " + std::string(reason(abort->error.code)) + ";";
      if (!abort->gone) answer(status_of(abort->error.code));
    }
  }
  void on_stream_notice(Notice notice) override {
    log += notice == Notice::half_closed ? "half closed;" : "";
  }

  void answer(int status) {
    HeaderMap none(arena);
    stream->send_response(status, none, {body.empty() ? BodyPlan::none : BodyPlan::length, body.size()}, {},
                          true);
    stream->send_data(arena.copy(body));
    stream->send_end();
    stream->finish();
  }

  Loop loop;
  FakeNet net{loop};
  h1::ServerSessionSettings settings;
  FakeTransport* far = nullptr;
  std::unique_ptr<h1::H1ServerSession> session;
  ServerStream* stream = nullptr;
  Arena arena;
  std::optional<RequestHead> request;
  std::string body, log;
  bool hold_at_head = false;
};

struct Row {
  std::string in, log, out;
};

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: ";

const Row kRows[] = {
    {get("/a"), "GET /a;body=;", kOk + "0\r\n\r\n"},
    {get("/a") + get("/b"), "GET /a;body=;GET /b;body=;", kOk + "0\r\n\r\n" + kOk + "0\r\n\r\n"},
    {post("/p", "abcdef"), "POST /p;body=abcdef;", kOk + "6\r\n\r\nabcdef"},
    {post("/p", ""), "POST /p;body=;", kOk + "0\r\n\r\n"},
    {"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("abc") + chunk("de") +
         "0\r\nX: 1\r\n\r\n",
     "POST /c;body=abcde;", kOk + "5\r\n\r\nabcde"},
    {post("/p", "abc") + get("/b"), "POST /p;body=abc;GET /b;body=;",
     kOk + "3\r\n\r\nabc" + kOk + "0\r\n\r\n"},
    {get("/a", "Connection: close\r\n") + get("/b"), "GET /a;body=;",
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
    {"HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD /h;body=;", "HTTP/1.1 200 OK\r\n\r\n"},
};

TEST_CASE("Requests are answered in order, however they are cut") {
  for (auto& row : kRows) {
    for (std::size_t at = 0; at <= row.in.size(); ++at) {
      INFO(row.in << "\ncut at " << at);
      Echo echo;
      if (at > 0) echo.feed(row.in.substr(0, at));
      if (at < row.in.size()) echo.feed(row.in.substr(at));
      std::string log = echo.log;
      if (log.ends_with("closed;")) log.resize(log.size() - 7);
      REQUIRE(log == row.log);
      REQUIRE(echo.far->sent == row.out);
    }
    Echo bytewise(1);
    bytewise.feed(row.in);
    CHECK(bytewise.far->sent == row.out);
  }
}

TEST_CASE("A client that leaves inside a request is an abort, wherever") {
  const std::string request = post("/p", "abcdef");
  for (std::size_t at = 1; at < request.size(); ++at) {
    Echo echo;
    echo.feed(request.substr(0, at));
    echo.far->incoming_end = true;
    echo.net.settle();
    INFO("cut at " << at);
    CHECK(echo.log.ends_with("abort client_closed;closed;"));
    CHECK(echo.far->sent.empty());
  }
}

TEST_CASE("A head that takes too long is 408, a connection without a first byte just ends") {
  Echo begun, silent;
  begun.feed("GET / HT");
  begun.loop.advance(begun.settings.request_header + 1s);
  CHECK(begun.far->sent.starts_with("HTTP/1.1 408 "));
  silent.loop.advance(silent.settings.request_header + 1s);
  CHECK(silent.log == "closed;");
  CHECK(silent.far->sent.empty());
}

TEST_CASE("A kept connection is closed after its silence, not before") {
  Echo echo;
  echo.feed(get("/a"));
  echo.loop.advance(echo.settings.keep_alive - 1s);
  CHECK_FALSE(echo.far->is_closed);
  echo.loop.advance(2s);
  CHECK(echo.far->is_closed);
  CHECK(echo.far->has_ended());
}

TEST_CASE("A drained connection closes at once when idle, after its response when busy") {
  Echo idle, busy;
  idle.feed(get("/a"));
  busy.feed(post("/p", "abc").substr(0, 45));
  for (auto* echo : {&idle, &busy}) {
    Turn turn(echo->loop);
    echo->session->drain();
  }
  CHECK(idle.far->is_closed);
  CHECK_FALSE(busy.far->is_closed);
  busy.feed(post("/p", "abc").substr(45));
  CHECK(busy.far->sent.contains("Connection: close\r\n"));
  CHECK(busy.far->has_ended());
}

TEST_CASE("Body that is held is read ahead only so far that a client which leaves is noticed") {
  Echo echo;
  echo.feed("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  {
    Turn turn(echo.loop);
    echo.stream->hold(Hold::exchange);
  }
  echo.feed(std::string(10'000, 'a'));
  CHECK(echo.far->is_reading);
  echo.feed(std::string(10'000, 'a'));
  CHECK_FALSE(echo.far->is_reading);
  CHECK(echo.body.empty());
}

TEST_CASE("A whole request whose end is held is not lost to the client's FIN") {
  Echo echo;
  echo.hold_at_head = true;
  echo.feed(post("/p", ""));
  echo.far->incoming_end = true;
  echo.net.settle();
  CHECK_FALSE(echo.far->is_closed);
  {
    Turn turn(echo.loop);
    echo.stream->release(Hold::exchange);
  }
  CHECK(echo.log.contains("POST /p"));
  CHECK(echo.far->sent.contains("HTTP/1.1 200"));
}

TEST_CASE("Body that is held comes whole when let go") {
  Echo echo;
  const std::string request = post("/p", "abcdef");
  echo.feed(request.substr(0, request.size() - 6));
  {
    Turn turn(echo.loop);
    echo.stream->hold(Hold::exchange);
  }
  echo.feed("abc");
  CHECK(echo.body.empty());
  {
    Turn turn(echo.loop);
    echo.stream->release(Hold::exchange);
  }
  echo.feed("def");
  CHECK(echo.log == "POST /p;body=abcdef;");
}

}  // namespace
}  // namespace sluice::test
