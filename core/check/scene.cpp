#include "check/scene.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::check {
namespace {

constexpr std::size_t kLargeBody = 1 << 20;    // bytes; many reads' worth
constexpr std::size_t kLargePiece = 64 << 10;  // bytes; the shared read buffer's size
constexpr std::size_t kLongField = 60'000;     // bytes of one value, about what servers take in all

class Writer {
 public:
  explicit Writer(const std::vector<std::string>& fields) {
    for (const auto& field : fields)
      more_ += field + "\r\n";
  }
  std::string head(std::string_view line, std::string_view fields = {}) const {
    return fmt::format(
        "{} HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: plugin-check/1\r\nAccept: */*\r\n{}{}\r\n", line,
        more_, fields);
  }

 private:
  std::string more_;
};

std::string chunk(std::string_view bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

OriginScript answer(int status) {
  OriginScript script;
  script.status = status;
  if (status == 204 || status == 304) script.pieces.clear();
  return script;
}

OriginScript in_pieces() {
  OriginScript script;
  script.pieces = {"one ", "t", std::string(3000, 'w'), "o\n"};
  script.chunked = true;
  script.trailers = true;
  return script;
}

OriginScript large() {
  OriginScript script;
  script.pieces.assign(kLargeBody / kLargePiece, std::string(kLargePiece, 'L'));
  return script;
}

Scene with_origin(Scene scene, OriginScript origin) {
  scene.origin = std::move(origin);
  return scene;
}

std::vector<std::string> large_body(std::string head) {
  std::vector<std::string> pieces{std::move(head)};
  for (std::size_t sent = 0; sent < kLargeBody; sent += kLargePiece)
    pieces.emplace_back(kLargePiece, 'U');
  return pieces;
}

Scene get(const Writer& write, std::string_view name, OriginScript origin = {}) {
  return {std::string(name),
          {write.head("GET /a/path?x=1&y=%20z", "Cookie: a=1; b=2\r\nX-Request-Id: 42\r\n")},
          std::move(origin)};
}

Scene post(const Writer& write) {
  return {
      "POST in pieces",
      {write.head("POST /form", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n"),
       "a=1", "&b=2&", "c=3"}};
}

Scene cut(const Writer& write, OriginScript::End end, std::string_view name) {
  auto origin = in_pieces();
  origin.end = end;
  return get(write, name, std::move(origin));
}

std::vector<Scene> asked_for(const Writer& write, const std::vector<std::string>& requests) {
  std::vector<Scene> scenes;
  for (const auto& line : requests)
    scenes.push_back({line, {write.head(line)}});
  return scenes;
}

void add_requests(const Writer& write, std::vector<Scene>& scenes) {
  scenes.push_back(get(write, "GET"));
  scenes.push_back({"HEAD", {write.head("HEAD /")}});
  scenes.push_back({"OPTIONS *", {write.head("OPTIONS *")}});
  scenes.push_back({"a method of its own", {write.head("PURGE /a")}});
  scenes.push_back({"HTTP/1.0 without Host", {"GET / HTTP/1.0\r\n\r\n"}});
  scenes.push_back({"GET, then the client's side closes", {write.head("GET /")}, {}, false, true});
  scenes.push_back(post(write));
  scenes.push_back({"POST with an empty body", {write.head("POST /", "Content-Length: 0\r\n")}});
  scenes.push_back({"POST in chunks, with trailers",
                    {write.head("POST /", "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n"), chunk("first"),
                     chunk("second"), "0\r\nX-Sum: 11\r\n\r\n"}});
  scenes.push_back(
      {"POST of 1 MiB",
       large_body(write.head("POST /upload", fmt::format("Content-Length: {}\r\n", kLargeBody)))});
  scenes.push_back({"POST that expects 100-continue",
                    {write.head("POST /", "Content-Length: 4\r\nExpect: 100-continue\r\n"), "body"}});
}

void add_hostile(const Writer& write, std::vector<Scene>& scenes) {
  scenes.push_back(
      {"a field of 60,000 bytes",
       {write.head("GET /", fmt::format("X-Long: {}\r\nCookie: {}\r\n", std::string(kLongField, 'v'),
                                        std::string(kLongField, 'c')))}});
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += fmt::format("X-Field-{}: {}\r\n", i % 250, i);
  scenes.push_back({"500 fields", {write.head("GET /", many)}});
  scenes.push_back(
      {"fields that are empty or no text",
       {write.head("GET /",
                   "X-Empty:\r\nAccept:\r\nCookie:\r\nX-Bytes: \xff\xfe\x80\r\nCookie: =;;=\x81\r\n")}});
  scenes.push_back({"a long and odd target",
                    {write.head(fmt::format("GET /%7e/%ff/../{}?{}&&==%", std::string(6000, 'p'),
                                            std::string(1500, 'q')))}});
}

void add_answers(const Writer& write, std::vector<Scene>& scenes) {
  scenes.push_back(get(write, "an answer in chunks, with trailers", in_pieces()));
  scenes.push_back(get(write, "an answer of 1 MiB", large()));
  auto hinted = answer(200);
  hinted.early_hints = true;
  scenes.push_back(get(write, "103 before the answer", hinted));
  auto empty = answer(200);
  empty.pieces.clear();
  scenes.push_back(get(write, "an empty answer", empty));
  for (int status : {204, 304, 302, 404, 500, 599})
    scenes.push_back(get(write, fmt::format("status {}", status), answer(status)));
  auto early = answer(413);
  early.early = true;
  scenes.push_back(with_origin(post(write), early));
  scenes.back().name = "an answer before the body has come";
  auto fields = answer(200);
  for (int i = 0; i < 100; ++i)
    fields.headers.emplace_back("Set-Cookie", fmt::format("c{}={}", i, std::string(200, 'v')));
  scenes.push_back(get(write, "an answer with 100 cookies", fields));
  OriginScript switches;
  switches.switches = true;
  scenes.push_back({"an upgrade to another protocol",
                    {write.head("GET /chat", "Connection: Upgrade\r\nUpgrade: check\r\n"), "ping", "pong"},
                    switches,
                    false,
                    true});
}

void add_failures(const Writer& write, std::vector<Scene>& scenes) {
  scenes.push_back(get(write, "the endpoint refuses the connection"));
  scenes.back().refused = true;
  scenes.push_back(cut(write, OriginScript::End::cut_before_head, "the origin closes without an answer"));
  scenes.push_back(cut(write, OriginScript::End::cut_in_body, "the origin closes inside its answer"));
}

}  // namespace

std::vector<Scene> all_scenes(const std::vector<std::string>& requests,
                              const std::vector<std::string>& fields) {
  const Writer write(fields);
  auto scenes = asked_for(write, requests);
  add_requests(write, scenes);
  add_hostile(write, scenes);
  add_answers(write, scenes);
  add_failures(write, scenes);
  return scenes;
}

std::vector<Scene> few_scenes(const std::vector<std::string>& requests,
                              const std::vector<std::string>& fields) {
  const Writer write(fields);
  auto scenes = asked_for(write, requests);
  scenes.push_back(get(write, "GET"));
  scenes.push_back(post(write));
  scenes.push_back(get(write, "an answer in chunks", in_pieces()));
  scenes.push_back(get(write, "a refused connection"));
  scenes.back().refused = true;
  return scenes;
}

}  // namespace sluice::check
