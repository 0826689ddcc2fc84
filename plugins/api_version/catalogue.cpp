#include "catalogue.h"

#include <algorithm>

#include "text.h"

namespace api_version {

void Catalogue::seal(bool serves_ended) {
  std::ranges::stable_sort(versions_, [](const Version& a, const Version& b) { return a.number > b.number; });
  serves_ended_ = serves_ended;
  for (const auto& version : versions_) {
    needs_clock_ = needs_clock_ || (!serves_ended && version.sunset);
    if (version.number.separator != 0) separator_ = version.number.separator;
  }
}

std::optional<Number> Catalogue::read(std::string_view text) const {
  if (auto number = Number::parse(text)) {
    if (number->separator != 0 && number->separator != separator_) return std::nullopt;
    return number;
  }
  if (iequals(text, "latest")) return Number{};
  for (const auto& version : versions_)
    for (const auto& alias : version.aliases)
      if (iequals(alias, text)) return version.number.whole();
  return std::nullopt;
}

const Version* Catalogue::find(const Number& wanted, std::int64_t now) const {
  const Version* ended = nullptr;
  for (const auto& version : versions_) {
    if (!wanted.includes(version.number.whole())) continue;
    if (version.is_preview && wanted.count < version.number.count) continue;
    if (!is_refused(version, now)) return &version;
    if (!ended) ended = &version;
  }
  return ended;
}

}  // namespace api_version
