#include "http/h1/h1_codec.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace sluice::h1 {
namespace {

// Empty lines that may stand before a request line; some clients send one after a body (RFC 9112 2.2).
constexpr unsigned kEmptyLinesMost = 4;
// A request line has at most this many bytes besides its target: method, two spaces, version, CRLF.
constexpr std::uint32_t kRequestLineRest = 64;
// A chunk's line without extensions: 16 hex digits hold any size; CRLF.
constexpr std::uint32_t kChunkLine = 18;
// Interim responses before a final one: 102 every 20 seconds for an hour and a half.
constexpr unsigned kInterimsMost = 256;

constexpr char kStatusLineStart = 'H';  // of "HTTP/1.1"

ErrorCode upstream_code(ErrorCode code) {
  return code == ErrorCode::headers_too_large ? ErrorCode::upstream_headers_too_large
                                              : ErrorCode::upstream_protocol;
}

}  // namespace

// What llhttp calls. They record; nothing is delivered from inside llhttp.
struct H1Codec::Callbacks {
  static H1Codec& of(llhttp_t* parser) { return *static_cast<H1Codec*>(parser->data); }

  // Lines come whole, so each span does.
  static int on_name(llhttp_t* parser, const char* at, std::size_t size) {
    of(parser).name_ = {at, size};
    return 0;
  }

  static int on_value(llhttp_t* parser, const char* at, std::size_t size) {
    H1Codec& codec = of(parser);
    const bool in_trailers = codec.state_ == State::trailers;
    HeaderMap& map = in_trailers ? codec.head_->trailers : codec.head_->headers;
    if (map.size() >= codec.limits_.header_count) {
      codec.fault_ = {ErrorCode::headers_too_large, "too many field lines"};
      return -1;
    }
    const HeaderId id = header_id(codec.name_);
    if (in_trailers && (id == HeaderId::content_length || id == HeaderId::transfer_encoding)) {
      codec.fault_ = {ErrorCode::bad_request, "framing field in trailers"};
      return -1;
    }
    codec.seen_ |= seen_bit(id);
    map.add_parsed(codec.name_, ascii::trim({at, size}), id);
    return 0;
  }

  // 1 tells llhttp that no body follows: only chunked ones are its business.
  static int on_headers(llhttp_t* parser) {
    H1Codec& codec = of(parser);
    codec.is_judged_ = true;
    codec.fault_ = codec.judge_head();
    if (codec.fault_) return -1;
    return codec.head_->framing == Framing::chunked ? 0 : 1;
  }

  static constexpr llhttp_settings_t make() {
    llhttp_settings_t settings{};
    settings.on_header_field = on_name;
    settings.on_header_value = on_value;
    settings.on_headers_complete = on_headers;
    return settings;
  }
  static const llhttp_settings_t kSettings;
};
constexpr llhttp_settings_t H1Codec::Callbacks::kSettings = make();

// What a look at bytes of a head found.
struct H1Codec::Lines {
  std::size_t whole = 0;       // bytes of finished lines
  bool has_empty = false;      // the last of them is the empty one that ends the section
  bool is_unfinished = false;  // what follows them is the start of a line
  Fault fault;                 // of what follows them
};

H1Codec::H1Codec(Role role, const HttpLimits& limits, CodecSink& sink)
    : limits_(limits), sink_(sink), role_(role) {}

void H1Codec::pause() { is_paused_ = true; }

void H1Codec::expect_response_to(std::string_view method) {
  answers_ = method == "HEAD" ? Answers::head : method == "CONNECT" ? Answers::connect : Answers::other;
}

bool H1Codec::between_messages() const { return state_ == State::idle; }

std::size_t H1Codec::parse(std::string_view bytes) {
  is_paused_ = false;
  std::size_t used = 0;
  while (!is_paused_ && state_ != State::failed) {
    if (state_ == State::complete) {
      end();
      break;
    }
    if (used == bytes.size()) break;
    used += step(bytes.substr(used));
  }
  return used;
}

void H1Codec::on_eof() {
  switch (state_) {
    case State::idle:
    case State::failed: return;
    case State::body_close:
    case State::complete: return end();
    default: break;
  }
  state_ = State::failed;
  const auto code = role_ == Role::server ? ErrorCode::client_closed : ErrorCode::upstream_reset;
  sink_.on_codec_event(AbortEvent{make_error(code, "closed in the middle of a message")});
}

std::size_t H1Codec::step(std::string_view bytes) {
  switch (state_) {
    case State::idle:
      if (role_ == Role::server && (has_cr_ || bytes[0] == '\r')) return take_empty_line(bytes);
      [[fallthrough]];
    case State::awaiting: {
      const bool is_start = role_ == Role::server ? ascii::is_tchar(bytes[0]) : bytes[0] == kStatusLineStart;
      begin();
      if (!is_start) fail({ErrorCode::bad_request, "not HTTP"});
      return 0;
    }
    case State::head:
    case State::trailers: return take_lines(bytes);
    case State::chunk_line: return take_chunk_line(bytes);
    case State::chunk_end: return take_chunk_end(bytes);
    case State::body:
    case State::body_close:
    case State::chunk: return take_body(bytes);
    case State::complete:
    case State::failed: break;
  }
  return 0;
}

std::size_t H1Codec::take_empty_line(std::string_view bytes) {
  const bool is_right = bytes[0] == (has_cr_ ? '\n' : '\r');
  if (has_cr_ && is_right) ++empty_lines_;
  has_cr_ = !has_cr_;
  if (is_right && empty_lines_ <= kEmptyLinesMost) return 1;
  begin();
  fail({ErrorCode::bad_request, is_right ? "too many empty lines" : "bare CR"});
  return 0;
}

void H1Codec::begin() {
  llhttp_init(&llhttp_, role_ == Role::server ? HTTP_REQUEST : HTTP_RESPONSE, &Callbacks::kSettings);
  llhttp_.data = this;
  line_bytes_ = section_bytes_ = extension_bytes_ = 0;
  seen_ = 0;
  empty_lines_ = 0;
  has_cr_ = is_judged_ = false;
  state_ = State::head;
  head_ = &sink_.on_message_begin();
}

// ---- heads and trailers: whole lines ----

// Judged before anything else about a line, at the same count of bytes whether it is finished or not. `total`: the
// section's bytes with the line's.
Fault H1Codec::judge_length(std::size_t line, std::size_t total) const {
  const std::size_t line_most = std::size_t{limits_.uri_bytes} + kRequestLineRest;
  const bool is_request_line = role_ == Role::server && state_ == State::head && line == total;
  if (is_request_line && line > line_most && line_most <= limits_.header_bytes) {
    return {ErrorCode::uri_too_long, "request line over the limit"};
  }
  if (total > limits_.header_bytes) return {ErrorCode::headers_too_large, "header bytes over the limit"};
  return {};
}

H1Codec::Lines H1Codec::scan_lines(std::string_view bytes) const {
  Lines found;
  std::size_t held = line_bytes_;
  std::size_t total = section_bytes_;
  while (found.whole < bytes.size()) {
    const char* begin = bytes.data() + found.whole;
    const auto* lf = static_cast<const char*>(std::memchr(begin, '\n', bytes.size() - found.whole));
    const std::size_t fresh = lf ? static_cast<std::size_t>(lf + 1 - begin) : bytes.size() - found.whole;
    const std::size_t line = held + fresh;
    total += line;
    found.fault = judge_length(line, total);
    found.is_unfinished = !found.fault && !lf;
    if (found.fault || !lf) break;
    const char before = fresh >= 2 ? lf[-1] : held ? line_[held - 1] : '\n';
    if (before != '\r') {
      found.fault = {ErrorCode::bad_request, "bare LF"};
      break;
    }
    found.whole += fresh;
    found.has_empty = line == 2;
    if (found.has_empty || held) break;  // a held line is joined before more are looked at
  }
  return found;
}

std::size_t H1Codec::take_lines(std::string_view bytes) {
  const Lines lines = scan_lines(bytes);
  if (lines.whole) {
    std::string_view block = bytes.substr(0, lines.whole);
    if (line_bytes_) {
      keep_line(block);
      block = {line_, line_bytes_};
      line_bytes_ = 0;
    } else {
      block = head_->headers.arena().copy(block);
    }
    if (!accept_lines(block)) return lines.whole;
  }
  if (lines.fault) {
    fail(lines.fault);
    return lines.whole;
  }
  if (lines.has_empty) {
    on_head_complete();
    return lines.whole;
  }
  if (!lines.is_unfinished) return lines.whole;
  keep_line(bytes.substr(lines.whole));
  return bytes.size();
}

void H1Codec::keep_line(std::string_view bytes) {
  Arena& arena = head_->headers.arena();
  const auto size = line_bytes_ + static_cast<std::uint32_t>(bytes.size());
  line_ = line_bytes_ ? arena.extend(line_, line_bytes_, size) : static_cast<char*>(arena.allocate(size, 1));
  std::memcpy(line_ + line_bytes_, bytes.data(), bytes.size());
  line_bytes_ = size;
}

// `lines` live in the head's arena.
bool H1Codec::accept_lines(std::string_view lines) {
  if (state_ == State::head && section_bytes_ == 0) {
    if (auto fault = take_first_line(lines)) {
      fail(fault);
      return false;
    }
  }
  section_bytes_ += static_cast<std::uint32_t>(lines.size());
  return run_llhttp(lines);
}

Fault H1Codec::take_first_line(std::string_view lines) {
  const auto line = lines.substr(0, lines.find('\n') - 1);
  // llhttp takes a second CR for the LF of a status line.
  if (line.find('\r') != line.npos) return {ErrorCode::bad_request, "bare CR"};
  return role_ == Role::server ? take_request_line(line, limits_.uri_bytes, request())
                               : take_status_line(line, response());
}

Fault H1Codec::judge_head() {
  const Fault fault =
      role_ == Role::server ? judge_request(request(), seen_) : judge_response(response(), seen_, answers_);
  // Both must mean the same by it; where llhttp reads "chunked\t" otherwise, the message is refused.
  if (!fault && head_->framing == Framing::chunked && !(llhttp_.flags & F_CHUNKED)) {
    return {ErrorCode::bad_request, "odd Transfer-Encoding"};
  }
  return fault;
}

// False when it has failed. What llhttp does after a head whose body is none of its business is not looked at.
bool H1Codec::run_llhttp(std::string_view bytes) {
  const auto result = llhttp_execute(&llhttp_, bytes.data(), bytes.size());
  if (result == HPE_OK || result == HPE_PAUSED_UPGRADE) return true;
  Fault fault = fault_;
  if (!fault) {
    fault = {ErrorCode::bad_request, llhttp_get_error_reason(&llhttp_)};
    // The request line is well-formed, so this is a token that llhttp does not know as a method of HTTP.
    const bool is_method = result == HPE_INVALID_METHOD || result == HPE_INVALID_CONSTANT;
    if (is_method && role_ == Role::server) fault.code = ErrorCode::method_unsupported;
  }
  fail(fault);
  return false;
}

void H1Codec::on_head_complete() {
  section_bytes_ = 0;
  if (state_ == State::trailers) {
    state_ = State::complete;
    if (head_->trailers.size()) sink_.on_codec_event(TrailersEvent{});
    return;
  }
  // Line ends are counted here and by llhttp; a head that it sees no end of would be one that nobody judged.
  if (!is_judged_) return fail({ErrorCode::bad_request, "head without an end"});
  switch (head_->framing) {
    case Framing::none: state_ = State::complete; break;
    case Framing::length:
      remaining_ = head_->content_length;
      state_ = remaining_ ? State::body : State::complete;
      break;
    case Framing::chunked: state_ = State::chunk_line; break;
    case Framing::close: state_ = State::body_close; break;
  }
  if (role_ == Role::client && response().is_interim()) {
    state_ = State::awaiting;
    if (++interims_ > kInterimsMost) return fail({ErrorCode::bad_request, "too many interim responses"});
  }
  sink_.on_codec_event(HeadersEvent{});
}

// ---- bodies ----

std::size_t H1Codec::take_body(std::string_view bytes) {
  if (state_ != State::body_close) {
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), remaining_)));
    // llhttp only counts the bytes of a chunk.
    if (state_ == State::chunk && !run_llhttp(bytes)) return 0;
    remaining_ -= bytes.size();
    if (remaining_ == 0) state_ = state_ == State::chunk ? State::chunk_end : State::complete;
  }
  sink_.on_codec_event(DataEvent{bytes});
  return bytes.size();
}

// llhttp reads it in whatever pieces it comes; here only its length is held to a bound.
std::size_t H1Codec::take_chunk_line(std::string_view bytes) {
  const auto* lf = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
  const std::size_t size = lf ? static_cast<std::size_t>(lf + 1 - bytes.data()) : bytes.size();
  const std::uint64_t line = line_bytes_ + std::uint64_t{size};
  const std::uint64_t extension = line > kChunkLine ? line - kChunkLine : 0;
  if (extension_bytes_ + extension > limits_.chunk_ext_bytes) {
    fail({ErrorCode::bad_request, "chunk extensions over the limit"});
    return size;
  }
  if (!run_llhttp(bytes.substr(0, size))) return size;
  line_bytes_ = static_cast<std::uint32_t>(line);
  if (!lf) return size;
  line_bytes_ = 0;
  extension_bytes_ += static_cast<std::uint32_t>(extension);
  remaining_ = llhttp_.content_length;
  state_ = remaining_ ? State::chunk : State::trailers;
  return size;
}

std::size_t H1Codec::take_chunk_end(std::string_view bytes) {
  const std::size_t size = std::min<std::size_t>(bytes.size(), 2 - line_bytes_);
  if (!run_llhttp(bytes.substr(0, size))) return size;
  line_bytes_ += static_cast<std::uint32_t>(size);
  if (line_bytes_ == 2) {
    line_bytes_ = 0;
    state_ = State::chunk_line;
  }
  return size;
}

// ---- the end ----

void H1Codec::end() {
  state_ = State::idle;
  head_ = nullptr;
  interims_ = 0;
  answers_ = Answers::other;
  sink_.on_codec_event(EndEvent{});
}

void H1Codec::fail(Fault fault) {
  state_ = State::failed;
  const ErrorCode code = role_ == Role::server ? fault.code : upstream_code(fault.code);
  sink_.on_codec_event(AbortEvent{make_error(code, fault.detail)});
}

}  // namespace sluice::h1
