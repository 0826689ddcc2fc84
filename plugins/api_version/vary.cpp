#include "vary.h"

#include <algorithm>

#include "text.h"

namespace api_version {
namespace {

bool names_it(std::string_view list, std::string_view name) {
  while (!list.empty())
    if (iequals(take_until(list, ','), name)) return true;
  return false;
}

}  // namespace

Vary::Vary(const std::vector<Source>& sources) {
  counts_.push_back(0);
  by_asked_.emplace_back();
  for (const auto& source : sources) {
    const auto name = source.vary();
    const bool is_new =
        !name.empty() && std::ranges::none_of(names_, [&](const auto& each) { return iequals(each, name); });
    auto all = by_asked_.back();
    if (is_new) {
      names_.emplace_back(name);
      all.append(all.empty() ? "" : ", ").append(name);
    }
    counts_.push_back(names_.size());
    by_asked_.push_back(std::move(all));
  }
}

void Vary::apply(sluice::Headers response, std::size_t asked, std::string& buffer) const {
  if (!is_needed(asked)) return;
  auto line = response.get("vary");
  if (!line) {
    response.set("Vary", by_asked_[asked]);
    return;
  }
  buffer.clear();
  for (std::size_t nth = 0; line; line = response.get("vary", ++nth)) {
    if (names_it(*line, "*")) return;
    const auto value = trim(*line);
    if (!buffer.empty() && !value.empty()) buffer += ", ";
    buffer += value;
  }
  const auto before = buffer.size();
  for (std::size_t i = 0; i < counts_[asked]; ++i) {
    if (names_it(std::string_view(buffer).substr(0, before), names_[i])) continue;
    if (!buffer.empty()) buffer += ", ";
    buffer += names_[i];
  }
  if (buffer.size() > before) response.set("Vary", buffer);
}

}  // namespace api_version
