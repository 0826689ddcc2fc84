// What is wrong with a configuration, collected so that all of it is said at once. At create time only.
#ifndef SLUICE_CPP_PROBLEMS_HPP
#define SLUICE_CPP_PROBLEMS_HPP

#include <sluice/plugin.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice SLUICE_HIDDEN {

class Problems {
 public:
  // `text` names the value and the remedy.
  void add(Config at, std::string text) { all_.emplace_back(at.node(), std::move(text)); }

  // Does nothing without problems; else reports all but the last and throws that one.
  void raise() const {
    if (all_.empty()) return;
    for (std::size_t i = 0; i + 1 < all_.size(); ++i)
      detail::config_api().problem(all_[i].first, all_[i].second.data(), all_[i].second.size());
    throw ConfigError(all_.back().first, all_.back().second);
  }

 private:
  std::vector<std::pair<const sluice_config*, std::string>> all_;
};

}  // namespace sluice SLUICE_HIDDEN

#endif
