// A request and its answer: passes when the status is in one of the ranges and, if asked for, the first 64 KiB of the body contain a
// text. Without a text the head decides and the body is not waited for, so that a page that streams for ever can be asked too.
#pragma once

#include "base/arena.h"
#include "http/h1/h1_codec.h"
#include "upstream/health/check.h"

namespace sluice {

class HttpCheck final : public Check, private CodecSink {
 public:
  // Bytes of a body in which the text is looked for.
  static constexpr std::size_t kBody = 64 * 1024;

  HttpCheck(const Endpoint& endpoint, const CheckSettings& settings);

 private:
  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  MessageHead& on_message_begin() override;
  void on_codec_event(const Event& event) override;
  void judge_head();
  void search(std::string_view bytes);
  void lacks(std::string_view where);

  const CheckSettings settings_;
  const std::string host_;
  Arena arena_;
  ResponseHead head_{arena_};
  h1::H1Codec codec_;
  std::string tail_;      // of the body so far: what could be the text's beginning
  std::size_t body_ = 0;  // bytes searched
  int status_ = 0;        // once the head is through
};

}  // namespace sluice
