#include "support/fake_config.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <sstream>

namespace sluice::test {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number out{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

struct Unit {
  std::string_view word;
  std::int64_t factor;
};

std::optional<std::int64_t> parse_units(std::string_view text, std::span<const Unit> units) {
  const auto digits = text.find_first_not_of("0123456789");
  const auto number = parse_number<std::int64_t>(text.substr(0, digits));
  if (!number) return std::nullopt;
  const auto word = digits == std::string_view::npos ? std::string_view() : text.substr(digits);
  for (const auto& unit : units)
    if (unit.word == word) return *number * unit.factor;
  return std::nullopt;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  static constexpr Unit units[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  if (text == "0") return 0;
  return parse_units(text, units);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  static constexpr Unit units[] = {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
  return parse_units(text, units);
}

bool stands_for_nothing(std::string_view unset) { return unset == "none" || unset.starts_with('('); }

bool is_tables(const toml::node& value) {
  if (value.is_table()) return true;
  const auto* list = value.as_array();
  return list && std::ranges::all_of(*list, [](const toml::node& each) { return each.is_table(); });
}

bool fits(const toml::node& value, sluice_key_type type) {
  const auto text = value.value_exact<std::string_view>();
  switch (type) {
    case SLUICE_KEY_ANY: return true;
    case SLUICE_KEY_BOOL: return value.is_boolean();
    case SLUICE_KEY_INT: return value.is_integer();
    case SLUICE_KEY_FLOAT: return value.is_number();
    case SLUICE_KEY_STRING: return value.is_string() || value.is_date() || value.is_date_time();
    case SLUICE_KEY_DURATION: return text && parse_duration(*text).has_value();
    case SLUICE_KEY_SIZE: return value.is_integer() || (text && parse_size(*text).has_value());
    case SLUICE_KEY_LIST: return value.is_array();
    case SLUICE_KEY_TABLE: return value.is_table();
    case SLUICE_KEY_TABLES: return is_tables(value);
  }
  return false;
}

std::string_view wanted(sluice_key_type type) {
  switch (type) {
    case SLUICE_KEY_BOOL: return "true or false";
    case SLUICE_KEY_INT: return "a whole number";
    case SLUICE_KEY_FLOAT: return "a number";
    case SLUICE_KEY_STRING: return "a string";
    case SLUICE_KEY_DURATION: return "a duration such as \"5s\"";
    case SLUICE_KEY_SIZE: return "a size such as \"64KiB\"";
    case SLUICE_KEY_LIST: return "a list";
    case SLUICE_KEY_TABLE: return "a table";
    case SLUICE_KEY_TABLES: return "a table or a list of tables";
    case SLUICE_KEY_ANY: break;
  }
  return "anything";
}

const sluice_key* find_key(std::span<const sluice_key> keys, std::string_view name) {
  const auto it = std::ranges::find_if(keys, [&](const sluice_key& key) { return name == key.name; });
  return it == keys.end() ? nullptr : &*it;
}

std::span<const sluice_key> children(const sluice_key* key) {
  return key && key->children ? std::span(key->children, key->child_count) : std::span<const sluice_key>();
}

// Entries as they stand in the file; toml++ sorts them by name.
std::vector<std::pair<std::string_view, const toml::node*>> entries(const FakeNode& node) {
  std::vector<std::pair<std::string_view, const toml::node*>> out;
  for (const auto& [key, value] : *node.value->as_table())
    if (!node.hidden.contains(std::string(key.str()))) out.emplace_back(key.str(), &value);
  std::ranges::stable_sort(
      out, [](const auto& a, const auto& b) { return a.second->source().begin < b.second->source().begin; });
  return out;
}

}  // namespace

std::string FakeProblem::shown() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + text;
}

FakeDocument::FakeDocument(std::string_view toml, std::string file, std::vector<FakeProblem>& problems)
    : file_(std::move(file)), problems_(problems) {
  try {
    root_ = toml::parse(toml, std::string_view(file_));
  } catch (const toml::parse_error& error) {
    problem(error.source().begin, std::string(error.description()));
  }
}

std::vector<const toml::table*> FakeDocument::tables(std::string_view name) const {
  std::vector<const toml::table*> out;
  const auto* value = root_.get(name);
  if (!value) return out;
  if (const auto* table = value->as_table()) out.push_back(table);
  if (const auto* list = value->as_array())
    for (const auto& each : *list)
      if (const auto* table = each.as_table()) out.push_back(table);
  return out;
}

FakeNode* FakeDocument::node(const toml::node& value, std::span<const sluice_key> keys) {
  auto& slot = nodes_[&value];
  if (!slot) {
    slot = std::make_unique<FakeNode>();
    slot->document = this;
    slot->value = &value;
    if (value.is_date() || value.is_date_time() || value.is_time()) {
      std::ostringstream text;
      value.visit([&](const auto& each) { text << each; });
      slot->text = text.str();
    }
  }
  if (!keys.empty()) slot->keys = keys;
  return slot.get();
}

const FakeNode* FakeDocument::default_node(const FakeNode& table, const sluice_key& key) {
  const bool is_table = key.type == SLUICE_KEY_TABLE && key.unset && key.unset == std::string_view("{}");
  if (!key.unset || stands_for_nothing(key.unset) || key.type == SLUICE_KEY_ANY ||
      (key.type >= SLUICE_KEY_LIST && !is_table))
    return nullptr;
  auto& slot = defaults_[{&table, key.name}];
  if (!slot) {
    slot = std::make_unique<FakeNode>();
    slot->document = this;
    slot->near = &table;
    slot->default_type = key.type;
    slot->text = key.unset;
    if (is_table) {
      // Defaults of the keys inside show through a table that is not given.
      static const toml::table empty;
      slot->value = &empty;
      slot->text.clear();
      slot->keys = children(&key);
    }
  }
  return slot.get();
}

void FakeDocument::problem(const toml::source_position& at, std::string text) {
  problems_.push_back({file_, at.line, at.column, std::move(text)});
}

void FakeDocument::check(const toml::table& table, std::span<const sluice_key> keys,
                         const std::set<std::string>& extra) {
  for (const auto& [name, value] : table) {
    if (extra.contains(std::string(name.str()))) continue;
    if (const auto* key = find_key(keys, name.str()))
      check_value(value, *key);
    else
      problem(name.source().begin, "unknown key \"" + std::string(name.str()) + "\"");
  }
  for (const auto& key : keys)
    if (!key.unset && !table.contains(key.name))
      problem(table.source().begin, "key \"" + std::string(key.name) + "\" is missing");
}

void FakeDocument::check_value(const toml::node& value, const sluice_key& key) {
  if (!fits(value, key.type)) {
    problem(value.source().begin, "\"" + std::string(key.name) + "\" takes " + std::string(wanted(key.type)));
    return;
  }
  if (!key.children) return;
  if (const auto* table = value.as_table()) check(*table, children(&key), {});
  if (const auto* list = value.as_array(); list && key.type == SLUICE_KEY_TABLES)
    for (const auto& each : *list)
      check(*each.as_table(), children(&key), {});
}

namespace {

sluice_node_type node_type(const sluice_config* raw) {
  const auto& node = *from_abi(raw);
  if (!node.value) {
    switch (node.default_type) {
      case SLUICE_KEY_BOOL: return SLUICE_NODE_BOOL;
      case SLUICE_KEY_INT: return SLUICE_NODE_INT;
      case SLUICE_KEY_FLOAT: return SLUICE_NODE_FLOAT;
      default: return SLUICE_NODE_STRING;
    }
  }
  if (node.value->is_boolean()) return SLUICE_NODE_BOOL;
  if (node.value->is_integer()) return SLUICE_NODE_INT;
  if (node.value->is_floating_point()) return SLUICE_NODE_FLOAT;
  if (node.value->is_array()) return SLUICE_NODE_LIST;
  if (node.value->is_table()) return SLUICE_NODE_TABLE;
  return SLUICE_NODE_STRING;
}

const sluice_config* get(const sluice_config* raw, const char* data, std::size_t size) {
  const auto& node = *from_abi(raw);
  const auto* table = node.value ? node.value->as_table() : nullptr;
  const std::string name(data, size);
  if (!table || node.hidden.contains(name)) return nullptr;
  const auto* key = find_key(node.keys, name);
  if (const auto* value = table->get(name)) return to_abi(node.document->node(*value, children(key)));
  return key ? to_abi(node.document->default_node(node, *key)) : nullptr;
}

std::size_t count(const sluice_config* raw) {
  const auto& node = *from_abi(raw);
  if (!node.value) return 0;
  if (const auto* list = node.value->as_array()) return list->size();
  return node.value->is_table() ? entries(node).size() : 0;
}

const sluice_config* at(const sluice_config* raw, std::size_t index, sluice_str* name) {
  const auto& node = *from_abi(raw);
  if (index >= count(raw)) return nullptr;
  if (const auto* list = node.value->as_array()) {
    const auto& element = *list->get(index);
    return to_abi(
        node.document->node(element, element.is_table() ? node.keys : std::span<const sluice_key>()));
  }
  const auto [key, value] = entries(node)[index];
  if (name) *name = {key.data(), key.size()};
  return to_abi(node.document->node(*value, children(find_key(node.keys, key))));
}

std::optional<std::string_view> text_of(const FakeNode& node) {
  if (!node.value)
    return node_type(to_abi(&node)) == SLUICE_NODE_STRING ? std::optional(std::string_view(node.text))
                                                          : std::nullopt;
  if (!node.text.empty()) return node.text;
  return node.value->value_exact<std::string_view>();
}

template <class Out, class Value>
bool give(Out* out, const std::optional<Value>& value) {
  if (value) *out = static_cast<Out>(*value);
  return value.has_value();
}

bool as_bool(const sluice_config* raw, bool* out) {
  const auto& node = *from_abi(raw);
  if (node.value) return give(out, node.value->value_exact<bool>());
  if (node.default_type != SLUICE_KEY_BOOL) return false;
  *out = node.text == "true";
  return true;
}

bool as_int(const sluice_config* raw, std::int64_t* out) {
  const auto& node = *from_abi(raw);
  if (node.value) return give(out, node.value->value_exact<std::int64_t>());
  return node.default_type == SLUICE_KEY_INT && give(out, parse_number<std::int64_t>(node.text));
}

bool as_float(const sluice_config* raw, double* out) {
  const auto& node = *from_abi(raw);
  if (node.value) return give(out, node.value->value<double>());
  return node.default_type == SLUICE_KEY_FLOAT && give(out, parse_number<double>(node.text));
}

bool as_str(const sluice_config* raw, sluice_str* out) {
  const auto text = text_of(*from_abi(raw));
  if (text) *out = {text->data() ? text->data() : "", text->size()};
  return text.has_value();
}

bool as_duration(const sluice_config* raw, std::int64_t* out) {
  const auto text = text_of(*from_abi(raw));
  return text && give(out, parse_duration(*text));
}

bool as_size(const sluice_config* raw, std::uint64_t* out) {
  const auto& node = *from_abi(raw);
  if (node.value && node.value->is_integer()) return give(out, node.value->value_exact<std::int64_t>());
  const auto text = text_of(node);
  return text && give(out, parse_size(*text));
}

toml::source_position position(const FakeNode& node) {
  return node.value ? node.value->source().begin : node.near->value->source().begin;
}

void where(const sluice_config* raw, sluice_str* file, std::uint32_t* line, std::uint32_t* column) {
  const auto& node = *from_abi(raw);
  const auto place = position(node);
  *file = {node.document->file().data(), node.document->file().size()};
  *line = place.line;
  *column = place.column;
}

void report(const sluice_config* raw, const char* text, std::size_t size) {
  const auto& node = *from_abi(raw);
  node.document->problem(position(node), std::string(text, size));
}

void path(const sluice_config* raw, sluice_str* out) {
  auto& node = const_cast<FakeNode&>(*from_abi(raw));
  const auto name = text_of(node);
  if (!name) return;
  if (node.resolved.empty())
    node.resolved =
        (std::filesystem::absolute(node.document->file()).parent_path() / *name).lexically_normal();
  *out = {node.resolved.data(), node.resolved.size()};
}

}  // namespace

const sluice_config_api& fake_config_api() {
  static const sluice_config_api api = {sizeof(sluice_config_api),
                                        node_type,
                                        get,
                                        count,
                                        at,
                                        as_bool,
                                        as_int,
                                        as_float,
                                        as_str,
                                        as_duration,
                                        as_size,
                                        where,
                                        report,
                                        path};
  return api;
}

}  // namespace sluice::test
