// The version in media types (RFC 9110 8.3.1): in the type itself, "application/vnd.x.v2+json", or in a parameter,
// "application/json; version=2".
//
// Read-only once made. [any-thread]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue.h"
#include "pattern.h"

namespace api_version {

// What one place of a request says about the version.
struct Finding {
  bool is_there = false;  // it says something
  std::string_view text;  // what, as long as the request's header
  std::optional<Number>
      number;  // what that asks for; nothing when it is no version, or one that does not exist
};

class MediaTypes {
 public:
  MediaTypes() = default;
  // `parameter`: its name; empty: none.
  MediaTypes(std::vector<Pattern> patterns, std::string parameter)
      : patterns_(std::move(patterns)), parameter_(std::move(parameter)) {}

  // One media type with parameters, as in Content-Type.
  Finding read(std::string_view media_type, const Catalogue& catalogue, std::int64_t now) const;

 private:
  std::vector<Pattern> patterns_;
  std::string parameter_;
};

// The best of the elements of Accept (RFC 9110 12.5.1): the one with the largest weight whose version exists, the first among
// equals. When none exists, an element without a version makes Accept say nothing; else the best of the unknown is given.
class Acceptance {
 public:
  Acceptance(const MediaTypes& types, const Catalogue& catalogue, std::int64_t now)
      : types_(types), catalogue_(catalogue), now_(now) {}
  void add(std::string_view field_value);
  Finding best() const;

 private:
  void add_element(std::string_view element);

  const MediaTypes& types_;
  const Catalogue& catalogue_;
  std::int64_t now_;
  Finding known_, unknown_;
  int known_weight_ = 0, unknown_weight_ = 0;  // thousandths
  bool takes_any_ = false;
};

}  // namespace api_version
