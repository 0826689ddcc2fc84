// How a codec goes along with its session: pausing, message ends, ends of input.
#include <catch2/catch_test_macros.hpp>

#include <vector>

#include "replay.h"

using namespace sluice;

namespace {

// Writes down the kind of each event, and pauses after every one when told to.
struct Sink final : CodecSink {
  MessageHead& on_message_begin() override {
    kinds += 'B';
    return *head;
  }
  void on_codec_event(const Event& event) override {
    kinds += "HDTEA"[event.index()];
    if (auto* abort = std::get_if<AbortEvent>(&event)) error = abort->error;
    if (pauses) codec->pause();
  }
  Arena arena;
  RequestHead request{arena};
  ResponseHead response{arena};
  MessageHead* head = &request;
  h1::H1Codec* codec = nullptr;
  std::string kinds;
  Error error;
  bool pauses = false;
};

struct Rig {
  explicit Rig(Role role) : codec(role, limits, sink) {
    sink.codec = &codec;
    if (role == Role::client) sink.head = &sink.response;
  }
  HttpLimits limits;
  Sink sink;
  h1::H1Codec codec;
};

}  // namespace

TEST_CASE("an idle codec is small and holds no memory of a message") { CHECK(sizeof(h1::H1Codec) <= 224); }

TEST_CASE("parse stops right behind a message") {
  Rig rig(Role::server);
  const std::string first = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(rig.codec.parse(first + "\r\nGET") == first.size());
  CHECK(rig.sink.kinds == "BHE");
  CHECK(rig.codec.between_messages());
}

TEST_CASE("empty lines between messages are not the start of one") {
  Rig rig(Role::server);
  CHECK(rig.codec.parse("\r\n\r") == 3);
  CHECK(rig.codec.between_messages());
  CHECK(rig.codec.parse("\nG") == 2);
  CHECK_FALSE(rig.codec.between_messages());
  CHECK(rig.sink.kinds == "B");
}

TEST_CASE("a paused codec stops after the event and goes on with the next parse") {
  Rig rig(Role::server);
  rig.sink.pauses = true;
  std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n1\r\ny\r\n0\r\nX: y\r\n\r\nGET";
  std::vector<std::string> steps;
  while (!rig.codec.between_messages() || steps.empty()) {
    rig.sink.kinds.clear();
    bytes.erase(0, rig.codec.parse(bytes));
    steps.push_back(rig.sink.kinds);
  }
  CHECK(steps == std::vector<std::string>{"BH", "D", "D", "T", "E"});
  CHECK(bytes == "GET");
}

TEST_CASE("after a pause the end comes without further bytes") {
  Rig rig(Role::server);
  rig.sink.pauses = true;
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(rig.codec.parse(bytes) == bytes.size());
  CHECK(rig.sink.kinds == "BH");
  CHECK_FALSE(rig.codec.between_messages());
  CHECK(rig.codec.parse("") == 0);
  CHECK(rig.sink.kinds == "BHE");
  CHECK(rig.codec.between_messages());
}

TEST_CASE("nothing is parsed after an abort") {
  Rig rig(Role::server);
  rig.codec.parse("\x01");
  CHECK(rig.sink.kinds == "BA");
  CHECK(rig.codec.parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
  rig.codec.on_eof();
  CHECK(rig.sink.kinds == "BA");
}

TEST_CASE("a request cut off is the client's doing") {
  for (std::string bytes :
       {"G", "GET / HTTP/1.1\r\nHost", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"}) {
    Rig rig(Role::server);
    rig.codec.parse(bytes);
    rig.codec.on_eof();
    CHECK(rig.sink.error.code == ErrorCode::client_closed);
    CHECK(rig.sink.error.origin == Origin::client);
  }
}

TEST_CASE("a response cut off is the upstream's doing") {
  for (std::string bytes :
       {"H", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    Rig rig(Role::client);
    rig.codec.parse(bytes);
    rig.codec.on_eof();
    CHECK(rig.sink.error.code == ErrorCode::upstream_reset);
    CHECK(rig.sink.error.origin == Origin::upstream);
  }
}

TEST_CASE("an end of input between messages says nothing") {
  Rig rig(Role::server);
  rig.codec.on_eof();
  rig.codec.parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.codec.on_eof();
  CHECK(rig.sink.kinds == "BHE");
}

TEST_CASE("an end of input while paused completes what is complete") {
  Rig rig(Role::client);
  rig.sink.pauses = true;
  rig.codec.parse("HTTP/1.1 204 No Content\r\n\r\n");
  rig.codec.on_eof();
  CHECK(rig.sink.kinds == "BHE");
}

TEST_CASE("a response's head may be used again after an interim one") {
  Rig rig(Role::client);
  rig.sink.response.framing = Framing::chunked;
  rig.sink.response.content_length = 7;
  rig.sink.response.phrase = "old";
  rig.codec.parse("HTTP/1.1 204\r\n\r\n");
  CHECK(rig.sink.kinds == "BHE");
  CHECK(rig.sink.response.framing == Framing::none);
  CHECK(rig.sink.response.content_length == 0);
  CHECK(rig.sink.response.phrase.empty());
}

TEST_CASE("a body's bytes are handed on without a copy") {
  struct Viewer final : CodecSink {
    MessageHead& on_message_begin() override { return head; }
    void on_codec_event(const Event& event) override {
      if (auto* data = std::get_if<DataEvent>(&event)) seen.push_back(data->bytes.data());
    }
    Arena arena;
    RequestHead head{arena};
    std::vector<const char*> seen;
  } sink;
  const HttpLimits limits;
  h1::H1Codec codec(Role::server, limits, sink);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string bytes = head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  codec.parse(bytes);
  CHECK(sink.seen == std::vector{bytes.data() + head.size() + 3, bytes.data() + head.size() + 11});
}

TEST_CASE("a head lives in the arena of its message") {
  Rig rig(Role::server);
  {
    std::string bytes = "GET /x HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    rig.codec.parse(bytes);
    bytes.assign(bytes.size(), '?');
  }
  CHECK(rig.sink.request.target == "/x");
  CHECK(rig.sink.request.headers.get("x") == "y");
}
