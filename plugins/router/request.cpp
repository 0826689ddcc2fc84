#include "request.h"

#include "ranges.h"

namespace sluice::router {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The decoded byte at `i`, which moves past it. A bad escape stands for itself.
char decoded_at(std::string_view text, std::size_t& i) {
  const char c = text[i++];
  if (c == '+') return ' ';
  if (c != '%' || i + 1 >= text.size()) return c;
  const int high = hex(text[i]);
  const int low = hex(text[i + 1]);
  if (high < 0 || low < 0) return c;
  i += 2;
  return static_cast<char>(high << 4 | low);
}

bool decodes_to(std::string_view text, std::string_view wanted) {
  if (text.size() < wanted.size()) return false;
  std::size_t i = 0;
  for (char c : wanted)
    if (i >= text.size() || decoded_at(text, i) != c) return false;
  return i == text.size();
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Cuts the text at the first `mark`; the part before it is returned.
std::string_view take(std::string_view& text, char mark) {
  const auto end = text.find(mark);
  const auto part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

}  // namespace

std::string_view Request::host() {
  if (host_) return *host_;
  const auto given = once(SLUICE_HOST, host_);
  if (!given.starts_with('[')) return given;
  if (auto normal = normal_ip6(given)) {
    host_ip6_ = std::move(*normal);
    host_ = host_ip6_;
  }
  return *host_;
}

std::optional<std::string_view> Request::header(std::string_view name, std::size_t nth) {
  sluice_str out{};
  const auto& exchange = *router::host().exchange;
  if (exchange.header_get(ex_, SLUICE_REQUEST_HEADERS, name.data(), name.size(), nth, &out) != SLUICE_OK)
    return std::nullopt;
  return view(out);
}

std::optional<std::string_view> Request::cookie(std::string_view name) {
  for (std::size_t nth = 0;; ++nth) {
    auto line = header("cookie", nth);
    if (!line) return std::nullopt;
    while (!line->empty()) {
      auto pair = take(*line, ';');
      const bool has_name = pair.find('=') != std::string_view::npos;
      if (has_name && trim(take(pair, '=')) == name) return trim(pair);
    }
  }
}

std::optional<std::string_view> Request::query_value(std::string_view name) {
  auto left = query();
  while (!left.empty()) {
    auto value = take(left, '&');
    if (!decodes_to(take(value, '='), name)) continue;
    if (value.find_first_of("%+") == std::string_view::npos) return value;
    decoded_.clear();
    for (std::size_t i = 0; i < value.size();)
      decoded_ += decoded_at(value, i);
    return decoded_;
  }
  return std::nullopt;
}

}  // namespace sluice::router
