// Path normal form: idempotent, free of what it should have removed, and the same as a plain second implementation's.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/normalise.h"

namespace {

using namespace sluice;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view kOthers = "!$&'()*+,;=:@/";
constexpr std::string_view kHex = "0123456789ABCDEF";

std::string escape(int byte) {
  return {'%', kHex[static_cast<std::size_t>(byte >> 4)], kHex[static_cast<std::size_t>(byte & 15)]};
}

// One step after the other: escapes, then segments. Nothing when refused.
std::optional<std::string> plain_normal(std::string_view raw) {
  if (raw == "*") return "*";
  if (!raw.starts_with('/')) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '%') {
      const std::string digits(raw.substr(i + 1, 2));
      if (digits.size() < 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos)
        return std::nullopt;
      const int byte = std::stoi(digits, nullptr, 16);
      if (byte == 0) return std::nullopt;
      const bool is_plain = byte < 128 && kUnreserved.find(static_cast<char>(byte)) != kUnreserved.npos;
      text += is_plain ? std::string(1, static_cast<char>(byte)) : escape(byte);
      i += 2;
    } else if (kUnreserved.find(c) != kUnreserved.npos || kOthers.find(c) != kOthers.npos) {
      text += c;
    } else {
      if (c <= ' ' || c >= 127) return std::nullopt;
      text += escape(c);
    }
  }
  std::vector<std::string> segments;
  bool is_folder = true;
  for (std::size_t begin = 1; begin <= text.size();) {
    const auto end = std::min(text.find('/', begin), text.size());
    const auto segment = text.substr(begin, end - begin);
    begin = end + 1;
    is_folder = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (segments.empty()) return std::nullopt;
      segments.pop_back();
    } else if (!is_folder) {
      segments.push_back(segment);
    }
  }
  std::string path;
  for (const auto& segment : segments)
    path += "/" + segment;
  return is_folder || path.empty() ? path + "/" : path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  Arena arena;
  const auto once = normalise_path(arena, raw);
  const auto expected = plain_normal(raw);
  require(once.has_value() == expected.has_value());
  if (!once) return 0;
  require(*once == *expected);
  if (*once == raw) require(once->data() == raw.data());
  const auto twice = normalise_path(arena, *once);
  require(twice && twice->data() == once->data() && *twice == *once);
  return 0;
}
