#include "sample.h"

#include <algorithm>
#include <charconv>

namespace mirror {
namespace {

// 0 .. 1, 1 not included.
double position(std::uint64_t number) { return static_cast<double>(number >> 11) * 0x1.0p-53; }

double read_share(sluice::Config node) {
  if (!node) return 1;
  constexpr auto kNeeds = "needs \"0%\" to \"100%\" or a number from 0 to 1";
  double share = -1;
  const auto& api = sluice::detail::config_api();
  if (api.type(node.node()) == SLUICE_NODE_STRING) {
    auto text = node.as_string();
    const auto* end = text.data() + text.size();
    const auto [at, fault] = std::from_chars(text.data(), end, share);
    if (fault != std::errc() || std::string_view(at, static_cast<std::size_t>(end - at)) != "%")
      node.refuse(kNeeds);
    share /= 100;
  } else if (!api.as_float(node.node(), &share)) {
    node.refuse(kNeeds);
  }
  if (!(share >= 0 && share <= 1)) node.refuse(kNeeds);
  return share;
}

// The first cookie of that name (RFC 6265 5.4); its quotes are kept.
std::optional<std::string_view> cookie(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    auto pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(field.size(), pair.size() + 1));
    while (pair.starts_with(' ') || pair.starts_with('\t'))
      pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

Sample::Sample(sluice::Config share, sluice::Config by) : share_(read_share(share)) {
  if (by) read_by(by);
}

void Sample::read_by(sluice::Config by) {
  constexpr auto kNeeds = "needs \"client\", { header = \"NAME\" } or { cookie = \"NAME\" }";
  const auto type = sluice::detail::config_api().type(by.node());
  if (type == SLUICE_NODE_STRING && by.as_string() == "client") {
    by_ = By::client;
    return;
  }
  if (type != SLUICE_NODE_TABLE || by.size() != 1) by.refuse(kNeeds);
  const auto [word, name] = by.entry(0);
  if (word != "header" && word != "cookie") by.refuse(kNeeds);
  by_ = word == "header" ? By::header : By::cookie;
  name_ = name.as_string();
  if (name_.empty()) name.refuse("is empty; name the header or cookie");
}

std::optional<std::string_view> Sample::text(sluice::Exchange ex) const {
  switch (by_) {
    case By::chance: break;
    case By::header: return ex.request().get(name_);
    case By::client: return ex.get(SLUICE_CLIENT);
    case By::cookie:
      for (std::size_t nth = 0; auto field = ex.request().get("Cookie", nth); ++nth)
        if (auto value = cookie(*field, name_)) return value;
      break;
  }
  return {};
}

bool Sample::takes(sluice::Exchange ex, Random& random) const {
  if (share_ >= 1) return true;
  const auto key = text(ex);
  return position(key ? sluice::hash_text(*key) : random.next()) < share_;
}

}  // namespace mirror
