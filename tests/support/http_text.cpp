#include "support/http_text.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace sluice::test {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || kMarks.contains(c);
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::uint64_t parse_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (fault != std::errc() || end != text.data() + text.size())
    throw Malformed("no number: " + std::string(text));
  return number;
}

// What Transfer-Encoding and Content-Length say; both, or odd values, are an offence (RFC 9112 6.1, 6.2).
BodyLength stated_length(const Message& message) {
  const auto codings = message.all("Transfer-Encoding");
  const auto lengths = message.all("Content-Length");
  if (codings.size() + lengths.size() > 1) throw Malformed("framed twice:\n" + message.head);
  if (!codings.empty()) {
    if (codings[0] != "chunked") throw Malformed("coding: " + codings[0]);
    return {BodyLength::Kind::chunked, 0};
  }
  if (!lengths.empty()) return {BodyLength::Kind::length, parse_number(lengths[0], 10)};
  return {};
}

}  // namespace

std::vector<std::string> values_of(const Fields& fields, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields)
    if (same_name(field, name)) values.push_back(value);
  return values;
}

std::string Message::word(int index) const {
  std::string_view rest = start_line;
  for (; index > 0; --index)
    rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
  return std::string(rest.substr(0, rest.find(' ')));
}

int Message::status() const { return static_cast<int>(parse_number(word(1), 10)); }

std::string Message::header(std::string_view name) const {
  const auto values = all(name);
  if (values.size() > 1) throw Malformed("several " + std::string(name) + ":\n" + head);
  return values.empty() ? "" : values[0];
}

std::string Message::trailer(std::string_view name) const {
  const auto values = values_of(trailers, name);
  return values.empty() ? "" : values[0];
}

std::pair<std::string, std::string> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    throw Malformed("field line: " + std::string(line));
  return {std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))};
}

Message parse_head(std::string head) {
  Message message;
  message.head = std::move(head);
  std::string_view rest = message.head;
  const auto next_line = [&rest] {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos ||
        line.contains('\0'))
      throw Malformed("line end in: " + std::string(rest));
    rest.remove_prefix(end + 2);
    return line;
  };
  message.start_line = next_line();
  for (std::string_view line = next_line(); !line.empty(); line = next_line())
    message.headers.push_back(parse_field(line));
  return message;
}

BodyLength request_body_length(const Message& request) { return stated_length(request); }

BodyLength response_body_length(const Message& response, std::string_view request_method) {
  const int status = response.status();
  const BodyLength stated = stated_length(response);
  if ((status >= 100 && status < 200) || status == 204) {
    if (stated.kind != BodyLength::Kind::none)
      throw Malformed("framing where no body can be:\n" + response.head);
    return {};
  }
  if (request_method == "HEAD" || status == 304) return {};
  if (stated.kind == BodyLength::Kind::none) return {BodyLength::Kind::until_close, 0};
  return stated;
}

std::uint64_t parse_chunk_size(std::string_view line) {
  return parse_number(line.substr(0, line.find(';')), 16);
}

std::string get(std::string_view target, std::string_view fields) {
  std::string text = "GET ";
  return text.append(target).append(" HTTP/1.1\r\nHost: app.test\r\n").append(fields).append("\r\n");
}

std::string post(std::string_view target, std::string_view body, std::string_view fields) {
  std::string text = "POST ";
  text.append(target).append(" HTTP/1.1\r\nHost: app.test\r\nContent-Length: ");
  return text.append(std::to_string(body.size())).append("\r\n").append(fields).append("\r\n").append(body);
}

std::string put(std::string_view target, std::string_view body, std::string_view fields) {
  return "PUT" + post(target, body, fields).substr(4);
}

std::string response(int status, std::string_view body, std::string_view fields) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Test\r\n";
  if (status != 204 && status != 304 && status >= 200)
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text.append(fields).append("\r\n").append(body);
}

std::string chunk(std::string_view bytes) {
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  return std::string(size, end).append("\r\n").append(bytes).append("\r\n");
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 2463534242;
  for (char& byte : bytes) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    byte = static_cast<char>(state);
  }
  return bytes;
}

}  // namespace sluice::test
