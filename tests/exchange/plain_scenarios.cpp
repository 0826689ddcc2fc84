#include "exchange/scenario.h"

namespace sluice::test {
namespace {

constexpr std::string_view kChunkedPost =
    "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    "4\r\nabcd\r\n3\r\nefg\r\n0\r\nX-Sum: 7\r\n\r\n";

void answer_usual(ExchangeRig& rig) {
  rig.answers["/a"].bytes = response(200, "body-a");
  rig.answers["/b"].bytes = response(200, "body-b-longer");
  rig.answers["/p"].bytes = response(200, "posted");
  rig.response_bodies = {{"/a", "body-a"}, {"/b", "body-b-longer"}, {"/p", "posted"}};
}

// Each request as a read of its own, when the one before is through.
std::function<void(ExchangeRig&)> in_turn(std::vector<std::string> requests) {
  return [requests](ExchangeRig& rig) {
    auto& client = rig.client();
    for (auto& request : requests) {
      rig.ask(client, request);
      rig.settle();
    }
  };
}

void pipeline(ExchangeRig& rig) {
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.ask(client, post("/p", "0123456789"));
  rig.ask(client, get("/b"));
  std::string all;
  for (auto& piece : client.far->incoming)
    all += piece;
  client.far->incoming = {all};
  rig.settle();
}

void tunnel(ExchangeRig& rig) {
  auto& client = rig.client();
  rig.ask(client, get("/ws", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
  rig.settle();
  client.far->feed("first");
  rig.settle();
  client.far->feed("second");
  client.far->incoming_end = true;
  rig.settle();
}

void read_slowly(ExchangeRig& rig, std::string_view request) {
  auto& client = rig.client();
  client.far->room = 1000;
  rig.ask(client, request);
  rig.settle();
  for (int i = 0; i < 10; ++i) {
    client.far->room += 50'000;
    rig.settle();
  }
}

void answer_big(ExchangeRig& rig) {
  rig.answers["/big"].pieces = {response(200, pattern(300'000)).substr(0, 100'000),
                                response(200, pattern(300'000)).substr(100'000, 100'000),
                                response(200, pattern(300'000)).substr(200'000)};
  rig.response_bodies["/big"] = pattern(300'000);
}

void slow_upstream(ExchangeRig& rig) {
  auto& client = rig.client();
  rig.ask(client, post("/up", pattern(200'000)));
  auto whole = client.far->incoming.front();
  client.far->incoming.clear();
  for (std::size_t at = 0; at < whole.size(); at += 40'000)
    client.far->feed(std::string_view(whole).substr(at, 40'000));
  for (int i = 0; i < 12; ++i) {
    for (int n = 0; n < 40 && rig.step(); ++n) {
      for (auto* far : rig.net.connected)
        if (far->room > 30'000) far->room = 30'000;
    }
    for (auto* far : rig.net.connected)
      far->room = 30'000;
  }
  for (auto* far : rig.net.connected)
    far->room = std::string::npos;
  rig.settle();
}

}  // namespace

std::vector<Scenario> plain_scenarios() {
  std::vector<Scenario> all;
  auto add = [&all](std::string name, std::function<void(ExchangeRig&)> set,
                    std::function<void(ExchangeRig&)> drive, std::vector<int> statuses) {
    all.push_back({std::move(name),
                   [set](ExchangeRig& rig) {
                     answer_usual(rig);
                     if (set) set(rig);
                   },
                   std::move(drive), std::move(statuses)});
  };
  add("two requests", nullptr, in_turn({get("/a"), get("/b")}), {200, 200});
  add("post with length", [](auto& rig) { rig.request_bodies["/p"] = "0123456789"; },
      in_turn({post("/p", "0123456789"), get("/a")}), {200, 200});
  add("post in chunks with trailers",
      [](auto& rig) {
        rig.request_bodies["/p"] = "abcdefg";
        rig.answers["/p"].bytes =
            std::string(kChunkedHead) + chunk("pos") + chunk("ted") + "0\r\nX-End: 1\r\n\r\n";
      },
      in_turn({std::string(kChunkedPost), get("/b")}), {200, 200});
  add("pipelined", [](auto& rig) { rig.request_bodies["/p"] = "0123456789"; }, pipeline, {200, 200, 200});
  add("tunnel",
      [](auto& rig) {
        rig.answers["/ws"] = {
            .bytes = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
            .at_head = true,
            .echo = true};
      },
      tunnel, {101});
  add("stale connection", [](auto& rig) { rig.answers["/b"].breaks = 1; }, in_turn({get("/a"), get("/b")}),
      {200, 200});
  add("stale connection under a put",
      [](auto& rig) {
        rig.request_bodies["/p"] = "0123456789";
        rig.answers["/p"].breaks = 1;
      },
      in_turn({get("/a"), put("/p", "0123456789")}), {200, 200});
  add("stale connection under a post, which may have had its effect",
      [](auto& rig) {
        rig.request_bodies["/p"] = "0123456789";
        rig.answers["/p"].breaks = 1;
      },
      in_turn({get("/a"), post("/p", "0123456789")}), {200, 502});
  add("connect fails, another endpoint",
      [](auto& rig) {
        rig.endpoints = 2;
        rig.net.connects_refused = 1;
      },
      in_turn({get("/a"), get("/b")}), {200, 200});
  add("until close",
      [](auto& rig) {
        rig.answers["/a"] = {.bytes = "HTTP/1.1 200 OK\r\n\r\nbody-a", .then_close = true};
        rig.response_bodies.erase("/a");  // nobody can tell a part of it from the whole
      },
      in_turn({get("/a"), get("/b")}), {200, 200});
  add("chunks to an old client",
      [](auto& rig) { rig.answers["/a"].bytes = std::string(kChunkedHead) + chunk("body-a") + "0\r\n\r\n"; },
      in_turn({"GET /a HTTP/1.0\r\nHost: h\r\n\r\n"}), {200});
  add(
      "answer before the body",
      [](auto& rig) { rig.answers["/p"] = {.bytes = response(200, "posted"), .at_head = true}; },
      [](ExchangeRig& rig) {
        auto& client = rig.client();
        rig.ask(client, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234");
        rig.settle();
        client.far->feed("56789");
        rig.settle();
      },
      {200});
  add(
      "interim responses",
      [](auto& rig) {
        rig.answers["/p"] = {
            .at_head = true,
            .pieces = {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
                       response(200, "posted")}};
      },
      [](ExchangeRig& rig) {
        auto& client = rig.client();
        rig.ask(client, "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        rig.settle();
        client.far->feed("abcd");
        rig.settle();
      },
      {200});
  add("HEAD and no body",
      [](auto& rig) {
        rig.answers["/h"].bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n";
        rig.answers["/n"].bytes = "HTTP/1.1 204 No Content\r\n\r\n";
      },
      in_turn({"HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n", get("/n"), get("/a")}), {200, 204, 200});
  add("slow client", answer_big, [](ExchangeRig& rig) { read_slowly(rig, get("/big")); }, {200});
  add(
      "slow old client, until close",
      [](auto& rig) {
        answer_big(rig);
        rig.answers["/big"].pieces = {std::string(kChunkedHead) + chunk(pattern(300'000)) + "0\r\n\r\n"};
      },
      [](ExchangeRig& rig) { read_slowly(rig, "GET /big HTTP/1.0\r\nHost: h\r\n\r\n"); }, {200});
  add("slow upstream",
      [](auto& rig) {
        rig.answers["/up"].bytes = response(200, "up");
        rig.request_bodies["/up"] = pattern(200'000);
      },
      slow_upstream, {200});
  return all;
}

}  // namespace sluice::test
