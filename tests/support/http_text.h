// HTTP/1.1 messages in tests: built as text, and taken apart by a small strict parser of the tests' own.
//
// It shares nothing with the program under test. What RFC 9112 does not allow throws Malformed: a gateway that sends such a
// thing has failed the test.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

struct Malformed : std::runtime_error {
  using runtime_error::runtime_error;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

// All values of a field, in order; names match without regard to case.
std::vector<std::string> values_of(const Fields& fields, std::string_view name);

struct Message {
  std::string head;        // as received, with the empty line
  std::string start_line;  // without its CRLF
  Fields headers;
  std::string body;                 // without its framing
  std::vector<std::string> chunks;  // of a chunked body
  Fields trailers;
  bool chunked = false;
  bool until_close = false;  // the body ended with the connection

  std::string method() const { return word(0); }
  std::string target() const { return word(1); }
  int status() const;
  // The one value of a field; empty when absent; throws Malformed when there are several.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const { return !values_of(headers, name).empty(); }
  std::vector<std::string> all(std::string_view name) const { return values_of(headers, name); }
  std::string trailer(std::string_view name) const;

 private:
  std::string word(int index) const;
};

// How the body that follows a head ends (RFC 9112 6.3).
struct BodyLength {
  enum class Kind { none, length, chunked, until_close } kind = Kind::none;
  std::uint64_t bytes = 0;
};

// Take `head` (through its empty line) apart.
Message parse_head(std::string head);
BodyLength request_body_length(const Message& request);
BodyLength response_body_length(const Message& response, std::string_view request_method);
// "1f;name=value" -> 31.
std::uint64_t parse_chunk_size(std::string_view line);
std::pair<std::string, std::string> parse_field(std::string_view line);

// ---- building ----
// `fields` are whole lines, each with its CRLF: "X-A: 1\r\n".
std::string get(std::string_view target, std::string_view fields = "");
std::string post(std::string_view target, std::string_view body, std::string_view fields = "");
// May be sent again when its connection dies (RFC 9110 9.2.2); a POST may not.
std::string put(std::string_view target, std::string_view body, std::string_view fields = "");
std::string response(int status, std::string_view body, std::string_view fields = "");
std::string chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// Bytes that differ from place to place, the same for the same size.
std::string pattern(std::size_t size);

}  // namespace sluice::test
