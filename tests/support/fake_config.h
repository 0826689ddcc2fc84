// Configuration for plugin tests: TOML text behind the `sluice_config_api`, with the checks the real host makes.
//
// A FakeDocument owns the parsed text and every node handed to a plugin; nodes know the keys they were checked against, so
// that get() answers with the default of a key that is not given. Used by FakeHost; one thread.
#pragma once

#include <sluice/config.h>

#include <toml++/toml.h>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

struct FakeProblem {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string text;

  // "file:line:column: text"
  std::string shown() const;
};

class FakeDocument;

// What a `const sluice_config*` of the fake host points to.
struct FakeNode {
  FakeDocument* document = nullptr;
  const toml::node* value = nullptr;  // null: a default
  const FakeNode* near = nullptr;     // for a default: the table that lacks the key
  sluice_key_type default_type = SLUICE_KEY_ANY;
  std::string text;                  // of a default, or of a date in RFC 3339 form
  std::string resolved;              // what path() gave
  std::span<const sluice_key> keys;  // of its entries; owned by the plugin or the host
  std::set<std::string> hidden;      // names in a table that the plugin does not see
};

class FakeDocument {
 public:
  // Problems are appended to `problems`, which outlives the document; a text that is no TOML is one of them.
  FakeDocument(std::string_view toml, std::string file, std::vector<FakeProblem>& problems);
  FakeDocument(const FakeDocument&) = delete;
  FakeDocument& operator=(const FakeDocument&) = delete;

  const toml::table& root() const { return root_; }
  const std::string& file() const { return file_; }
  // The tables of `[[name]]` or `[name]`, in file order.
  std::vector<const toml::table*> tables(std::string_view name) const;

  // The node of `value`; the same one for the same value. `keys` are remembered for defaults.
  FakeNode* node(const toml::node& value, std::span<const sluice_key> keys = {});
  const FakeNode* default_node(const FakeNode& table, const sluice_key& key);

  // Unknown keys, wrong types and missing keys of `table`, all levels. `extra` are names that stand for anything.
  void check(const toml::table& table, std::span<const sluice_key> keys, const std::set<std::string>& extra);
  void problem(const toml::source_position& at, std::string text);

 private:
  void check_value(const toml::node& value, const sluice_key& key);

  std::string file_;
  std::vector<FakeProblem>& problems_;
  toml::table root_;
  std::map<const toml::node*, std::unique_ptr<FakeNode>> nodes_;
  std::map<std::pair<const FakeNode*, std::string>, std::unique_ptr<FakeNode>> defaults_;
};

// The functions over FakeNodes. Static lifetime.
const sluice_config_api& fake_config_api();

inline const sluice_config* to_abi(const FakeNode* node) {
  return reinterpret_cast<const sluice_config*>(node);
}
inline const FakeNode* from_abi(const sluice_config* node) { return reinterpret_cast<const FakeNode*>(node); }

}  // namespace sluice::test
