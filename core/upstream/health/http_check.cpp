#include "upstream/health/http_check.h"

#include <fmt/format.h>

namespace sluice {
namespace {

// As for the responses of groups (Directory::make_group).
constexpr HttpLimits kLimits{.header_bytes = 64 * 1024, .header_count = 256};

std::string shown(const config::StatusRanges& ranges) {
  std::string text;
  for (auto [from, to] : ranges)
    text += from == to ? fmt::format("{}{}", text.empty() ? "" : ", ", from)
                       : fmt::format("{}{}-{}", text.empty() ? "" : ", ", from, to);
  return text;
}

}  // namespace

HttpCheck::HttpCheck(const Endpoint& endpoint, const CheckSettings& settings)
    : settings_(settings),
      host_(settings.host.empty() ? endpoint.authority() : settings.host),
      codec_(Role::client, kLimits, *this) {}

void HttpCheck::on_open() {
  // RFC 9110 8.6: methods that usually have a body say that this one is empty.
  const bool has_length =
      settings_.method == "POST" || settings_.method == "PUT" || settings_.method == "PATCH";
  codec_.expect_response_to(settings_.method);
  send(
      fmt::format(
          "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: sluice-check\r\nAccept: */*\r\n{}Connection: close\r\n\r\n",
          settings_.method, settings_.path, host_, has_length ? "Content-Length: 0\r\n" : ""),
      "waiting for the response");
}

void HttpCheck::on_bytes(std::string_view bytes) {
  while (!bytes.empty() && !is_done()) {
    const auto used = codec_.parse(bytes);
    if (used == 0) return;
    bytes.remove_prefix(used);
  }
}

void HttpCheck::on_end() {
  if (codec_.between_messages())
    done(false, "closed before a response");
  else
    codec_.on_eof();
}

MessageHead& HttpCheck::on_message_begin() {
  head_.headers.clear();
  head_.trailers.clear();
  return head_;
}

// The codec goes on with its bytes after done(): what it then says counts no more.
void HttpCheck::on_codec_event(const Event& event) {
  if (is_done()) return;
  if (const auto* abort = std::get_if<AbortEvent>(&event)) {
    const auto& error = abort->error;
    const auto why = error.detail.empty() ? reason(error.code) : std::string_view(error.detail);
    done(false, status_ == 0 ? std::string(why) : fmt::format("{}, then {}", status_, why));
  } else if (std::holds_alternative<HeadersEvent>(event)) {
    if (!head_.is_interim()) judge_head();
  } else if (const auto* data = std::get_if<DataEvent>(&event)) {
    search(data->bytes);
  } else if (std::holds_alternative<EndEvent>(event)) {
    lacks("the body");
  }
}

void HttpCheck::judge_head() {
  status_ = head_.status;
  if (!config::holds(settings_.status, status_))
    done(false, fmt::format("{}, not {}", status_, shown(settings_.status)));
  else if (settings_.body_contains.empty())
    done(true, fmt::format("{}", status_));
  else
    wait_for("waiting for the body");
}

void HttpCheck::search(std::string_view bytes) {
  const auto& text = settings_.body_contains;
  bytes = bytes.substr(0, kBody - body_);
  body_ += bytes.size();
  tail_ += bytes;
  if (tail_.find(text) != std::string::npos) {
    done(true, fmt::format("{}", status_));
    return;
  }
  if (body_ == kBody) {
    lacks("the first 64 KiB of the body");
    return;
  }
  if (tail_.size() >= text.size()) tail_.erase(0, tail_.size() - text.size() + 1);
}

void HttpCheck::lacks(std::string_view where) {
  done(false, fmt::format("{}, but {} lacks \"{}\"", status_, where, settings_.body_contains));
}

}  // namespace sluice
