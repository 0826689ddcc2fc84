#include "media_type.h"

#include "text.h"

namespace api_version {
namespace {

// Longer ones are no media type (RFC 6838 4.2: names of at most 127 bytes).
constexpr std::size_t kTypeBytes = 255;

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    return value.substr(1, value.size() - 2);
  return value;
}

// Value of a parameter in "; a=b; c=d"; nothing when it is not there.
std::optional<std::string_view> parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    auto value = take_until(parameters, ';');
    const auto key = trim(value.substr(0, value.find('=')));
    if (key.size() == value.size() || !iequals(key, name)) continue;
    return unquoted(trim(value.substr(value.find('=') + 1)));
  }
  return std::nullopt;
}

// Thousandths; what is no weight counts as 1 (RFC 9110 12.4.2).
int weight_of(std::string_view parameters) {
  const auto text = parameter(parameters, "q").value_or("1");
  if (text.empty() || text.front() != '0') return 1000;
  int value = 0;
  for (std::size_t i = 2, scale = 100; i < text.size() && scale > 0; ++i, scale /= 10) {
    if (text[i] < '0' || text[i] > '9') return 1000;
    value += (text[i] - '0') * static_cast<int>(scale);
  }
  return value;
}

}  // namespace

Finding MediaTypes::read(std::string_view media_type, const Catalogue& catalogue, std::int64_t now) const {
  auto parameters = media_type;
  const auto type = take_until(parameters, ';');
  if (type.size() > kTypeBytes) return {};
  Finding out;
  for (const auto& pattern : patterns_) {
    const auto match = pattern.match(type, catalogue);
    if (!match) continue;
    if (pattern.has_version()) {
      out = {true, match->text, match->number};
    } else if (!parameter_.empty()) {
      auto text = parameter(parameters, parameter_);
      if (!text) continue;
      out = {true, *text, catalogue.read(*text)};
    }
    if (out.is_there) break;
  }
  if (out.number && !catalogue.find(*out.number, now)) out.number.reset();
  return out;
}

void Acceptance::add(std::string_view field_value) {
  while (!field_value.empty())
    if (const auto element = take_until(field_value, ','); !element.empty()) add_element(element);
}

void Acceptance::add_element(std::string_view element) {
  auto parameters = element;
  take_until(parameters, ';');
  const int weight = weight_of(parameters);
  if (weight == 0) return;
  const auto found = types_.read(element, catalogue_, now_);
  if (!found.is_there) {
    takes_any_ = true;
  } else if (found.number && weight > known_weight_) {
    known_ = found;
    known_weight_ = weight;
  } else if (!found.number && weight > unknown_weight_) {
    unknown_ = found;
    unknown_weight_ = weight;
  }
}

Finding Acceptance::best() const {
  if (known_.is_there) return known_;
  return takes_any_ ? Finding{} : unknown_;
}

}  // namespace api_version
