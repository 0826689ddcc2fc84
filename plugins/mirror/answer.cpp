#include "answer.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace mirror {
namespace {

__extension__ using Wide = unsigned __int128;

std::string hex(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

std::string body_text(const Answer& answer) {
  return std::to_string(answer.body_length) + " bytes, hash " + hex(answer.body_hash);
}

}  // namespace

// The upper half of a product folded into the lower, as wyhash does: a word costs one multiplication.
void BodyPrint::mix(std::uint64_t word) {
  const auto product = static_cast<Wide>(state_ ^ word) * 0xa0761d6478bd642f;
  state_ =
      static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ 0xe7037ed1a0b428db;
}

void BodyPrint::add(std::string_view bytes) {
  length_ += bytes.size();
  if (bytes.size() > left_) bytes = bytes.substr(0, static_cast<std::size_t>(left_));
  left_ -= bytes.size();
  while (!bytes.empty()) {
    if (filled_ == 0 && bytes.size() >= sizeof word_) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data(), sizeof word);
      mix(word);
      bytes.remove_prefix(sizeof word);
      continue;
    }
    const auto part = std::min(sizeof word_ - filled_, bytes.size());
    std::memcpy(word_ + filled_, bytes.data(), part);
    bytes.remove_prefix(part);
    filled_ += part;
    if (filled_ < sizeof word_) break;
    std::uint64_t word;
    std::memcpy(&word, word_, sizeof word);
    mix(word);
    filled_ = 0;
  }
}

std::uint64_t BodyPrint::hash() const {
  auto end = *this;
  std::uint64_t word = 0;
  std::memcpy(&word, word_, filled_);
  end.mix(word);
  end.mix(filled_);
  return end.state_;
}

std::vector<std::optional<std::string>> chosen_fields(const CompareSettings& settings, const Lines& lines) {
  std::vector<std::optional<std::string>> out(settings.headers.size());
  if (out.empty()) return out;
  lines([&](std::string_view name, std::string_view value) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!same_name(settings.headers[i], name)) continue;
      if (out[i])
        *out[i] += ", ";
      else
        out[i].emplace();
      *out[i] += value;
    }
  });
  return out;
}

std::vector<Difference> differences(const CompareSettings& settings, const Answer& main, const Answer& copy) {
  std::vector<Difference> out;
  if (settings.status && main.status != copy.status)
    out.push_back({"status", std::to_string(main.status), std::to_string(copy.status)});
  for (std::size_t i = 0; i < settings.headers.size(); ++i)
    if (main.fields[i] != copy.fields[i])
      out.push_back({"header " + settings.headers[i], main.fields[i].value_or("(absent)"),
                     copy.fields[i].value_or("(absent)")});
  if (settings.body && (main.body_length != copy.body_length || main.body_hash != copy.body_hash))
    out.push_back({"body", body_text(main), body_text(copy)});
  return out;
}

}  // namespace mirror
