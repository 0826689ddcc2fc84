// Turns bytes into events: the interface between a session and a protocol's parser.
//
// The codec never does I/O and never closes anything. It is handed bytes and calls its sink; it keeps no view of them
// after parse() returns (heads and trailers are copied into the arena of the head the sink hands out).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/limits.h"
#include "http/message.h"

namespace sluice {

enum class Role : std::uint8_t {
  server,  // reads requests
  client,  // reads responses
};

class CodecSink {
 public:
  virtual ~CodecSink() = default;
  // The first byte of a message has come. Where its head shall go: a RequestHead for Role::server, a ResponseHead for
  // Role::client, empty; it must live until the message's EndEvent or AbortEvent has been delivered.
  virtual MessageHead& on_message_begin() = 0;
  // In order: Headers (interim responses: Headers then on_message_begin again), Data*, Trailers?, End; or Abort at any
  // point. For Headers the request target has been taken apart and framing decided.
  virtual void on_codec_event(const Event& event) = 0;
};

class Codec {
 public:
  virtual ~Codec() = default;

  // Parse bytes; returns how many were consumed. Fewer than given when the message is complete (what follows belongs to
  // the next one: call again when ready for it), when a switch of protocol follows (CONNECT, 101: the rest is not HTTP),
  // when the sink called pause() inside, or after an Abort.
  virtual std::size_t parse(std::string_view bytes) = 0;
  // Stop after the event being delivered; parse() returns soon. The next parse() goes on. Data already consumed counts.
  virtual void pause() = 0;
  // The other end finished sending. Delivers End for a close-delimited response, Abort for an unfinished message, nothing
  // between messages.
  virtual void on_eof() = 0;
  // Role::client: what the coming response answers, since that decides whether it has a body (RFC 9112 6.3). Before each.
  virtual void expect_response_to(std::string_view method) = 0;
  // True before the first byte of a message and after its End.
  virtual bool between_messages() const = 0;
};

}  // namespace sluice
