// What of an answer is compared: its status, chosen fields, and its body's length and hash.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings.h"

namespace mirror {

// A body as it streams by: its length, and a hash of its first bytes that does not depend on how it came in pieces. Not for
// secrets: whoever wants two bodies to look alike can have that.
class BodyPrint {
 public:
  explicit BodyPrint(std::uint64_t limit) : left_(limit) {}
  void add(std::string_view bytes);
  std::uint64_t length() const { return length_; }
  std::uint64_t hash() const;

 private:
  void mix(std::uint64_t word);
  std::uint64_t left_;  // bytes that are still hashed
  std::uint64_t length_ = 0;
  std::uint64_t state_ = 0x9e3779b97f4a7c15;
  unsigned char word_[8] = {};
  std::size_t filled_ = 0;
};

struct Answer {
  int status = 0;
  std::vector<std::optional<std::string>>
      fields;  // those of CompareSettings::headers: all lines of each, joined
  std::uint64_t body_length = 0, body_hash = 0;
};

// `each` is called for every line of the answer's header with its name and value.
using Lines = std::function<void(const std::function<void(std::string_view, std::string_view)>& each)>;
std::vector<std::optional<std::string>> chosen_fields(const CompareSettings& settings, const Lines& lines);

struct Difference {
  std::string what;  // "status", "header Content-Type", "body"
  std::string main, copy;
};
std::vector<Difference> differences(const CompareSettings& settings, const Answer& main, const Answer& copy);

}  // namespace mirror
