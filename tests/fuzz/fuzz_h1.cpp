// The HTTP/1 codec: any bytes, cut anywhere, give the same events; and what it accepts, the writer writes so that it reads the
// same again.
//
// Input: a byte that chooses ('Q' requests; 'R', 'H', 'C' responses to GET, HEAD, CONNECT; in lower case with small
// limits), a byte whose low 3 bits say how many cuts follow, a byte for the size of each, then what is parsed.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "http/authority.h"
#include "http/h1/h1_writer.h"
#include "http/replay.h"

namespace {

using namespace sluice;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_clean(std::string_view text) {
  for (char c : text) {
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127) return false;
  }
  return true;
}

void check_fields(const HeaderMap& map) {
  for (const Field& field : map.fields()) {
    require(ascii::is_token(field.name) && is_clean(field.value) && ascii::trim(field.value) == field.value);
    require(field.id == header_id(field.name));
  }
}

h1::WriteFraming framing_of(const MessageHead& head, std::string_view upgrade) {
  return {.framing = head.framing,
          .content_length = head.content_length,
          .keep_alive = head.keep_alive,
          .upgrade = upgrade};
}

// Takes one head from `bytes` in a fresh codec.
class Reader final : public CodecSink {
 public:
  explicit Reader(Role role) : role_(role), codec_(role, limits_, *this) {}
  void read(std::string_view bytes, std::string_view method) {
    codec_.expect_response_to(method);
    codec_.parse(bytes);
  }
  MessageHead& on_message_begin() override {
    if (role_ == Role::server) return request.emplace(arena_);
    return response.emplace(arena_);
  }
  void on_codec_event(const Event& event) override {
    if (std::holds_alternative<HeadersEvent>(event)) has_head = true;
    require(!std::holds_alternative<AbortEvent>(event));
  }
  std::optional<RequestHead> request;
  std::optional<ResponseHead> response;
  bool has_head = false;

 private:
  Role role_;
  Arena arena_;
  // The writer adds a few bytes and one line of its own.
  HttpLimits limits_{.header_bytes = 1 << 20, .header_count = 2000, .uri_bytes = 1 << 19};
  h1::H1Codec codec_;
};

// Same fields, but for those the writer makes itself and Host.
void check_same(const HeaderMap& sent, const HeaderMap& read, bool skips_host) {
  const auto is_compared = [&](const Field& field) {
    switch (field.id) {
      case HeaderId::connection:
      case HeaderId::keep_alive:
      case HeaderId::transfer_encoding:
      case HeaderId::content_length:
      case HeaderId::upgrade:
      case HeaderId::trailer: return false;
      case HeaderId::host: return !skips_host;
      default: return true;
    }
  };
  std::size_t at = 0;
  for (const Field& field : sent.fields()) {
    if (!is_compared(field)) continue;
    while (at < read.size() && !is_compared(read.fields()[at]))
      ++at;
    require(at < read.size() && read.fields()[at].name == field.name &&
            read.fields()[at].value == field.value);
    ++at;
  }
  while (at < read.size())
    require(!is_compared(read.fields()[at++]));
}

void check_request(const RequestHead& head) {
  require(ascii::is_token(head.method) && head.target.find_first_of(" \r\n") == std::string_view::npos);
  require(head.authority.empty() || parse_authority(head.authority));
  require(head.framing != Framing::close && !(head.is_connect() && head.framing != Framing::none));
  std::string target(head.raw_path);
  if (head.has_query) target += "?" + std::string(head.query);
  if (head.is_connect()) target = head.authority;
  Arena arena;
  // An empty authority stands for a request in HTTP/1.0 without Host; the gateway names one when it sends.
  const auto authority = head.authority.empty() ? "a" : head.authority;
  const auto bytes =
      write_request_head(arena, head.method, target, authority, head.headers, framing_of(head, head.upgrade));
  Reader again(Role::server);
  again.read(bytes, "");
  require(again.has_head);
  require(again.request->method == head.method && again.request->raw_path == head.raw_path);
  require(again.request->query == head.query && again.request->has_query == head.has_query);
  require(again.request->authority == authority && again.request->upgrade == head.upgrade);
  require(again.request->framing == head.framing && again.request->content_length == head.content_length);
  require(again.request->keep_alive == head.keep_alive);
  check_same(head.headers, again.request->headers, true);
}

void check_response(const ResponseHead& head, std::string_view method) {
  require(head.status >= 100 && head.status <= 599 && is_clean(head.phrase));
  Arena arena;
  const auto bytes = write_response_head(arena, head.status, head.headers, framing_of(head, ""));
  Reader again(Role::client);
  again.read(bytes, method);
  require(again.has_head && again.response->status == head.status);
  require(again.response->framing == head.framing && again.response->keep_alive == head.keep_alive);
  check_same(head.headers, again.response->headers, false);
}

class Checker final : public CodecSink {
 public:
  Checker(Role role, std::string_view method) : role_(role), method_(method) {}
  MessageHead& on_message_begin() override {
    request_.reset();
    response_.reset();
    arena_ = std::make_unique<Arena>();
    if (role_ == Role::server) return request_.emplace(*arena_);
    return response_.emplace(*arena_);
  }
  void on_codec_event(const Event& event) override {
    require(!is_over);
    if (std::holds_alternative<HeadersEvent>(event)) {
      check_fields(role_ == Role::server ? request_->headers : response_->headers);
      if (request_) check_request(*request_);
      if (response_) check_response(*response_, method_);
    }
    if (auto* data = std::get_if<DataEvent>(&event)) require(!data->bytes.empty());
    if (std::holds_alternative<TrailersEvent>(event))
      check_fields(request_ ? request_->trailers : response_->trailers);
    is_over = std::holds_alternative<AbortEvent>(event);
    is_ended = std::holds_alternative<EndEvent>(event);
  }
  bool is_over = false;
  bool is_ended = false;

 private:
  Role role_;
  std::string_view method_;
  std::unique_ptr<Arena> arena_;
  std::optional<RequestHead> request_;
  std::optional<ResponseHead> response_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const char choice = static_cast<char>(data[0]);
  const std::size_t cuts = data[1] & 7;
  if (size < 2 + cuts) return 0;
  const std::uint8_t* sizes = data + 2;
  const std::string_view bytes(reinterpret_cast<const char*>(sizes + cuts), size - 2 - cuts);

  test::Replay replay;
  const char kind = choice & ~0x20;
  replay.role = kind == 'R' || kind == 'H' || kind == 'C' ? Role::client : Role::server;
  const std::string method = kind == 'H' ? "HEAD" : kind == 'C' ? "CONNECT" : "GET";
  replay.methods = std::vector<std::string>(8, method);
  if (choice & 0x20)
    replay.limits = {.header_bytes = 120, .header_count = 3, .uri_bytes = 20, .chunk_ext_bytes = 8};

  const auto whole = transcript(bytes, replay, [](std::size_t left) { return left; });
  require(transcript(bytes, replay, [](std::size_t) { return 1; }) == whole);
  std::size_t at = 0;
  const auto cut = [&](std::size_t left) {
    return at < cuts ? std::size_t{sizes[at++]} + 1 : left;
  };
  require(transcript(bytes, replay, cut) == whole);

  Checker checker(replay.role, method);
  h1::H1Codec codec(replay.role, replay.limits, checker);
  codec.expect_response_to(method);
  codec.parse(bytes);
  require(codec.between_messages() || !checker.is_ended);
  codec.on_eof();
  require(checker.is_over || codec.between_messages());
  return 0;
}
