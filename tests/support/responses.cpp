#include "support/responses.h"

namespace sluice::test {
namespace {

bool take_chunked(std::string_view& wire, Message& message) {
  for (;;) {
    const auto line = wire.find("\r\n");
    if (line == wire.npos) return false;
    const auto size = parse_chunk_size(wire.substr(0, line));
    if (size == 0) {
      wire.remove_prefix(line + 2);
      break;
    }
    if (wire.size() < line + 2 + size + 2) return false;
    if (wire.substr(line + 2 + size, 2) != "\r\n") throw Malformed("chunk without its end");
    message.body += wire.substr(line + 2, size);
    message.chunks.emplace_back(wire.substr(line + 2, size));
    wire.remove_prefix(line + 2 + size + 2);
  }
  for (;;) {
    const auto line = wire.find("\r\n");
    if (line == wire.npos) return false;
    const auto field = wire.substr(0, line);
    wire.remove_prefix(line + 2);
    if (field.empty()) return true;
    message.trailers.push_back(parse_field(field));
  }
}

}  // namespace

bool take_body(std::string_view& wire, BodyLength length, Message& message, bool ended) {
  switch (length.kind) {
    case BodyLength::Kind::none: return true;
    case BodyLength::Kind::length:
      message.body = wire.substr(0, length.bytes);
      wire.remove_prefix(message.body.size());
      return message.body.size() == length.bytes;
    case BodyLength::Kind::chunked: return take_chunked(wire, message);
    case BodyLength::Kind::until_close: break;
  }
  message.body = wire;
  message.until_close = true;
  wire = {};
  return ended;
}

std::vector<SeenResponse> read_responses(std::string_view wire, const std::vector<std::string>& methods,
                                         bool ended) {
  std::vector<SeenResponse> seen;
  while (!wire.empty()) {
    if (seen.size() == methods.size()) throw Malformed("a response that was not asked for");
    const auto end = wire.find("\r\n\r\n");
    if (end == wire.npos) return seen;
    SeenResponse next{parse_head(std::string(wire.substr(0, end + 4))), false};
    wire.remove_prefix(end + 4);
    const int status = next.message.status();
    if (status >= 100 && status < 200 && status != 101) continue;
    const BodyLength length = status == 101 ? BodyLength{BodyLength::Kind::until_close, 0}
                                            : response_body_length(next.message, methods[seen.size()]);
    next.whole = take_body(wire, length, next.message, ended);
    seen.push_back(std::move(next));
    if (!seen.back().whole) return seen;
  }
  return seen;
}

}  // namespace sluice::test
