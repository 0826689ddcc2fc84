// The plugin's own piece of the configuration.
//
//   explicit Mine(const sluice::Create& create) : name_(create.config()["header"].as_string()) {}
//
// The host has checked the table against the plugin's keys: reads of those by their type cannot fail, and what is not given
// has its default. Nodes live as long as the instance. [any-thread]
#ifndef SLUICE_CPP_CONFIG_HPP
#define SLUICE_CPP_CONFIG_HPP

#include <sluice/cpp/host.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sluice SLUICE_HIDDEN {

class Config;

// Thrown out of a constructor, it becomes a problem at that place of the configuration file, and the configuration is
// refused.
class ConfigError : public std::runtime_error {
 public:
  ConfigError(const sluice_config* node, const std::string& text) : std::runtime_error(text), node_(node) {}
  const sluice_config* node() const { return node_; }

 private:
  const sluice_config* node_;
};

class Config {
 public:
  explicit Config(const sluice_config* node) : node_(node) {}

  // False for a key that is neither given nor has a default.
  explicit operator bool() const { return node_ != nullptr; }
  Config operator[](std::string_view key) const {
    return Config(node_ ? api().get(node_, key.data(), key.size()) : nullptr);
  }

  // Throw ConfigError when the node is absent or of another type.
  bool as_bool() const { return read<bool>(api().as_bool, "true or false"); }
  std::int64_t as_int() const { return read<std::int64_t>(api().as_int, "a whole number"); }
  double as_float() const { return read<double>(api().as_float, "a number"); }
  std::string_view as_string() const { return detail::view(read<sluice_str>(api().as_str, "a string")); }
  std::chrono::milliseconds as_duration() const {
    return std::chrono::milliseconds{read<std::int64_t>(api().as_duration, "a duration")};
  }
  std::uint64_t as_size() const { return read<std::uint64_t>(api().as_size, "a size"); }
  // The absolute path of the file that the text names, seen from the configuration file's folder.
  std::string as_path() const {
    as_string();
    sluice_str out{};
    api().path(node_, &out);
    return std::string(detail::view(out));
  }

  // Elements of a list, entries of a table; in the order of the file.
  std::size_t size() const { return node_ ? api().count(node_) : 0; }
  Config at(std::size_t index) const { return Config(node_ ? api().at(node_, index, nullptr) : nullptr); }
  std::pair<std::string_view, Config> entry(std::size_t index) const {
    sluice_str key{};
    const auto* node = node_ ? api().at(node_, index, &key) : nullptr;
    return {detail::view(key), Config(node)};
  }

  struct Iterator {
    const sluice_config* node;
    std::size_t index;
    std::pair<std::string_view, Config> operator*() const { return Config(node).entry(index); }
    Iterator& operator++() { return ++index, *this; }
    bool operator!=(const Iterator& other) const { return index != other.index; }
  };
  // for (auto [key, value] : config["headers"]): keys are empty in lists.
  Iterator begin() const { return {node_, 0}; }
  Iterator end() const { return {node_, size()}; }

  // Say what was read from a file (nothing: it was not there), so that a reload sees it change. For `repeatable` plugins.
  void reads(std::string_view path, std::optional<std::string_view> bytes) const {
    if (api().size <= offsetof(sluice_config_api, reads) || !api().reads) return;
    const auto text = bytes.value_or(std::string_view());
    const auto* data = text.data() ? text.data() : "";
    api().reads(node_, path.data(), path.size(), bytes ? data : nullptr, text.size());
  }

  // Refuse the configuration because of this node. The text names the bad value and the remedy.
  [[noreturn]] void refuse(const std::string& text) const { throw ConfigError(node_, text); }
  const sluice_config* node() const { return node_; }

 private:
  static const sluice_config_api& api() { return detail::config_api(); }

  template <class T>
  T read(bool (*as)(const sluice_config*, T*), const char* wanted) const {
    T out{};
    if (!node_ || !as(node_, &out)) refuse(std::string("needs ") + wanted);
    return out;
  }

  const sluice_config* node_;
};

// What the constructor of a plugin is told.
class Create {
 public:
  explicit Create(const sluice_create* args) : args_(args) {}

  Config config() const { return Config(args_->config); }
  std::string_view place() const { return detail::view(args_->place); }
  std::uint32_t workers() const { return args_->workers; }
  std::uint64_t snapshot() const { return args_->snapshot; }
  const sluice_create* args() const { return args_; }  // for abilities that ask for it

 private:
  const sluice_create* args_;
};

// One entry of a plugin's `keys`. A null `unset` makes the key required; "none" and "(text)" stand for no value.
constexpr sluice_key key(sluice_key_type type, const char* name, const char* unset, const char* meaning) {
  return {name, type, unset, meaning, nullptr, 0};
}
template <std::size_t n>
constexpr sluice_key table_key(sluice_key_type type, const char* name, const char* unset, const char* meaning,
                               const sluice_key (&children)[n]) {
  return {name, type, unset, meaning, children, n};
}

}  // namespace sluice SLUICE_HIDDEN

#endif
