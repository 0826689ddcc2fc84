// The versions of an API, newest first, and which of them a client's words mean.
//
// Filled by read_settings() at create time, then sealed and read-only; shared by the workers. Pointers to versions live as long
// as it. [any-thread]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "number.h"

namespace api_version {

struct Version {
  std::string name;
  Number number;
  std::vector<std::string> aliases;
  bool is_preview = false;  // only for those who ask for it alone
  std::int64_t upstream = -1;
  std::optional<std::int64_t> deprecated;  // Unix seconds
  std::optional<std::int64_t> sunset;
  std::string successor;
  // Values of response headers; empty: none.
  std::string deprecation_header;
  std::string sunset_header;
  std::string link_header;

  bool has_ended(std::int64_t now) const { return sunset && now >= *sunset; }
  bool has_headers() const {
    return !deprecation_header.empty() || !sunset_header.empty() || !link_header.empty();
  }
};

class Catalogue {
 public:
  void add(Version version) { versions_.push_back(std::move(version)); }
  // After the last add(). `serves_ended`: a version after its sunset is like any other.
  void seal(bool serves_ended);

  // What a text asks for: a number or part of one, "latest" or an alias (without regard to case); nothing when it is neither.
  std::optional<Number> read(std::string_view text) const;
  // The newest version within `wanted` that has not ended, else the newest that has; null when there is none. A preview
  // counts only when `wanted` names all of it.
  const Version* find(const Number& wanted, std::int64_t now) const;

  bool is_refused(const Version& version, std::int64_t now) const {
    return !serves_ended_ && version.has_ended(now);
  }
  // Whether the time makes a difference.
  bool needs_clock() const { return needs_clock_; }
  const std::vector<Version>& newest_first() const { return versions_; }

 private:
  std::vector<Version> versions_;
  bool serves_ended_ = false;
  bool needs_clock_ = false;
  char separator_ = '.';
};

}  // namespace api_version
