#include "http/normalise.h"

#include "base/ascii.h"

namespace sluice {
namespace {

constexpr ascii::ByteSet kUnreserved(true, "-._~");
// pchar without escapes, and '/' (RFC 3986 3.3).
constexpr ascii::ByteSet kPathBytes(true, "-._~!$&'()*+,;=:@/");
constexpr std::string_view kHex = "0123456789ABCDEF";

// The byte that the escape at `at` stands for.
std::expected<char, PathFault> escaped_byte(std::string_view raw, std::size_t at) {
  if (at + 2 >= raw.size()) return std::unexpected(PathFault::bad_escape);
  const int high = ascii::hex(raw[at + 1]);
  const int low = ascii::hex(raw[at + 2]);
  if (high < 0 || low < 0) return std::unexpected(PathFault::bad_escape);
  if (high == 0 && low == 0) return std::unexpected(PathFault::null_byte);
  return static_cast<char>(high * 16 + low);
}

bool is_lower_hex(char c) { return c >= 'a' && c <= 'f'; }

// True when a "." or ".." segment begins at `at`, just behind a slash.
bool is_dot_segment(std::string_view raw, std::size_t at) {
  const auto end = raw.find('/', at);
  const auto segment = raw.substr(at, end == raw.npos ? end : end - at);
  return segment == "." || segment == "..";
}

// What a first look at a path found, so that the usual path is not copied.
struct Look {
  bool is_normal = true;
  std::size_t unescaped = 0;  // bytes that become escapes
};

std::expected<Look, PathFault> look_at(std::string_view raw) {
  Look look;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '/') {
      if (i + 1 < raw.size() && (raw[i + 1] == '/' || is_dot_segment(raw, i + 1))) look.is_normal = false;
    } else if (c == '%') {
      const auto byte = escaped_byte(raw, i);
      if (!byte) return std::unexpected(byte.error());
      if (kUnreserved.has(*byte) || is_lower_hex(raw[i + 1]) || is_lower_hex(raw[i + 2]))
        look.is_normal = false;
      i += 2;
    } else if (!kPathBytes.has(c)) {
      if (c <= ' ' || c >= 127) return std::unexpected(PathFault::control_byte);
      ++look.unescaped;
    }
  }
  if (look.unescaped) look.is_normal = false;
  return look;
}

// Builds the normal form segment by segment. `to` always ends behind a slash when a segment begins.
class Builder {
 public:
  explicit Builder(char* to) : begin_(to), at_(to) { *at_++ = '/'; }

  void put(char c) { *at_++ = c; }
  void put_escape(char c) {
    const auto byte = static_cast<unsigned char>(c);
    put('%');
    put(kHex[byte >> 4]);
    put(kHex[byte & 15]);
  }

  // The segment is complete; `slash`: another one follows. False when it leads above the root.
  bool finish(bool slash) {
    const std::string_view segment(segment_begin(), static_cast<std::size_t>(at_ - segment_begin()));
    if (segment.empty() || segment == ".") {
      at_ = segment_begin();
    } else if (segment == "..") {
      at_ = segment_begin();
      if (at_ - begin_ == 1) return false;
      --at_;
      at_ = segment_begin();
    } else if (slash) {
      put('/');
    }
    return true;
  }

  std::string_view done() const { return {begin_, static_cast<std::size_t>(at_ - begin_)}; }

 private:
  // Where the latest segment begins: behind the last slash.
  char* segment_begin() const {
    char* at = at_;
    while (at[-1] != '/')
      --at;
    return at;
  }

  char* begin_;
  char* at_;
};

}  // namespace

std::string_view explain(PathFault fault) {
  switch (fault) {
    case PathFault::bad_escape: return "bad escape";
    case PathFault::null_byte: return "null byte";
    case PathFault::control_byte: return "control byte or byte outside ASCII";
    case PathFault::above_root: return "more \"..\" than segments";
    case PathFault::not_absolute: return "does not begin with a slash";
  }
  return "unknown";
}

std::expected<std::string_view, PathFault> normalise_path(Arena& arena, std::string_view raw) {
  if (raw == "*") return raw;
  if (raw.empty() || raw.front() != '/') return std::unexpected(PathFault::not_absolute);
  const auto look = look_at(raw);
  if (!look) return std::unexpected(look.error());
  if (look->is_normal) return raw;

  Builder path(static_cast<char*>(arena.allocate(raw.size() + 2 * look->unescaped, 1)));
  for (std::size_t i = 1; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '/') {
      if (!path.finish(true)) return std::unexpected(PathFault::above_root);
    } else if (c == '%') {
      const char byte = *escaped_byte(raw, i);
      kUnreserved.has(byte) ? path.put(byte) : path.put_escape(byte);
      i += 2;
    } else {
      kPathBytes.has(c) ? path.put(c) : path.put_escape(c);
    }
  }
  if (!path.finish(false)) return std::unexpected(PathFault::above_root);
  return path.done();
}

}  // namespace sluice
