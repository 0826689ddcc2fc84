#include "upstream/discovery/search_list.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>

#include "base/ascii.h"

namespace sluice {
namespace {

constexpr std::size_t kMostDots = 15;  // RES_MAXNDOTS, resolv.conf(5)

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  return words;
}

}  // namespace

SearchList SearchList::read(const std::string& resolv_conf) {
  SearchList list;
  std::ifstream lines(resolv_conf);
  for (std::string line; std::getline(lines, line);) {
    auto words = words_of(line.substr(0, line.find_first_of("#;")));
    if (words.empty()) continue;
    const auto what = words.front();
    words.erase(words.begin());
    if (what == "search" || what == "domain") list.domains = words;
    constexpr std::string_view kDots = "ndots:";
    for (const auto& word : words)
      if (what == "options" && word.starts_with(kDots))
        list.ndots = std::min<std::size_t>(
            kMostDots, ascii::to_number(std::string_view(word).substr(kDots.size())).value_or(1));
  }
  if (const auto* domains = std::getenv("LOCALDOMAIN")) list.domains = words_of(domains);
  std::erase_if(list.domains, [](const std::string& domain) { return domain == "."; });
  return list;
}

std::vector<std::string> SearchList::candidates(const std::string& name) const {
  if (name.ends_with('.')) return {name};
  std::vector<std::string> names;
  for (const auto& domain : domains)
    names.push_back(name + "." + domain);
  const auto has_enough = static_cast<std::size_t>(std::ranges::count(name, '.')) >= ndots;
  names.insert(has_enough ? names.begin() : names.end(), name);
  return names;
}

}  // namespace sluice
