#include "replay.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace sluice::test {
namespace {

std::string framing_of(const MessageHead& head) {
  switch (head.framing) {
    case Framing::none: return head.content_length ? fmt::format("none({})", head.content_length) : "none";
    case Framing::length: return fmt::format("length={}", head.content_length);
    case Framing::chunked: return "chunked";
    case Framing::close: return "close";
  }
  return "?";
}

std::string_view version_of(const MessageHead& head) {
  return head.version == Version::http11 ? "1.1" : "1.0";
}

std::string lines_of(const HeaderMap& map) {
  std::string text;
  for (const Field& field : map.fields())
    text += fmt::format("  {}: {}\n", field.name, field.value);
  return text;
}

// Keeps the heads of one message in an arena of its own, as an exchange does.
class Recorder final : public CodecSink {
 public:
  explicit Recorder(Role role) : role_(role) {}

  MessageHead& on_message_begin() override {
    request_.reset();
    response_.reset();
    arena_ = std::make_unique<Arena>();
    if (role_ == Role::server) return request_.emplace(*arena_);
    return response_.emplace(*arena_);
  }

  void on_codec_event(const Event& event) override {
    if (auto* data = std::get_if<DataEvent>(&event)) {
      data_ += data->bytes;
      has_data_ = true;
      return;
    }
    if (has_data_) text += fmt::format("data {}\n", data_);
    data_.clear();
    has_data_ = false;
    if (std::holds_alternative<HeadersEvent>(event)) on_headers();
    if (std::holds_alternative<TrailersEvent>(event)) {
      text += "trailers\n" + lines_of(request_ ? request_->trailers : response_->trailers);
    }
    if (std::holds_alternative<EndEvent>(event)) text += "end\n";
    if (auto* abort = std::get_if<AbortEvent>(&event)) {
      text += fmt::format("abort {}\n", reason(abort->error.code));
      is_over = true;
    }
  }

  std::string text;
  bool is_over = false;      // an abort
  bool is_switched = false;  // CONNECT or 101: what follows is not HTTP

 private:
  void on_headers() {
    if (request_) {
      const RequestHead& head = *request_;
      text += fmt::format("head {} {} {}", head.method, head.target, version_of(head));
      if (!head.scheme.empty()) text += fmt::format(" scheme={}", head.scheme);
      text += fmt::format(" authority={} path={}", head.authority, head.raw_path);
      if (head.has_query) text += fmt::format(" query={}", head.query);
      text += fmt::format(" {} {}", framing_of(head), head.keep_alive ? "keep" : "once");
      if (head.expect_continue) text += " expect";
      if (!head.upgrade.empty()) text += fmt::format(" upgrade={}", head.upgrade);
      text += "\n" + lines_of(head.headers);
      is_switched = head.is_connect();
    } else {
      const ResponseHead& head = *response_;
      text += fmt::format("head {} {} '{}' {} {}\n", head.status, version_of(head), head.phrase,
                          framing_of(head), head.keep_alive ? "keep" : "once");
      text += lines_of(head.headers);
      is_switched = head.status == 101;
    }
  }

  const Role role_;
  std::unique_ptr<Arena> arena_;
  std::optional<RequestHead> request_;
  std::optional<ResponseHead> response_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace

std::string transcript(std::string_view bytes, const Replay& replay, const Cut& cut) {
  Recorder recorder(replay.role);
  h1::H1Codec codec(replay.role, replay.limits, recorder);
  std::size_t answered = 0;
  std::string rest;
  while (!bytes.empty() && !recorder.is_over) {
    // A copy of exactly this piece, so that a sanitizer sees a read past it.
    const auto size = std::min(cut(bytes.size()), bytes.size());
    const std::vector<char> piece(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes.remove_prefix(size);
    std::string_view left(piece.data(), piece.size());
    while (!left.empty() && !recorder.is_over) {
      if (recorder.is_switched && codec.between_messages()) {
        rest += left;
        break;
      }
      if (codec.between_messages()) {
        codec.expect_response_to(answered < replay.methods.size() ? replay.methods[answered++] : "GET");
      }
      left.remove_prefix(codec.parse(left));
    }
  }
  if (replay.ends) codec.on_eof();
  if (!rest.empty()) recorder.text += "rest " + rest + "\n";
  return recorder.text;
}

}  // namespace sluice::test
