#include "config/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "base/ascii.h"
#include "config/value.h"

namespace sluice::config {
namespace {

constexpr std::string_view kDurations = R"("250ms", "5s", "2m", "1h" or "1d")";
constexpr std::string_view kSizes = R"("512", "64KiB", "10MiB" or "1GiB")";

std::string_view wanted(sluice_key_type type) {
  switch (type) {
    case SLUICE_KEY_ANY: return "any value";
    case SLUICE_KEY_BOOL: return "true or false";
    case SLUICE_KEY_INT: return "a whole number";
    case SLUICE_KEY_FLOAT: return "a number";
    case SLUICE_KEY_STRING: return "a string";
    case SLUICE_KEY_DURATION: return "a duration";
    case SLUICE_KEY_SIZE: return "a size";
    case SLUICE_KEY_LIST: return "a list";
    case SLUICE_KEY_TABLE: return "a table";
    case SLUICE_KEY_TABLES: return "an array of tables";
  }
  return "a value";
}

std::string wrong_type(const Node& node, const Key& key) {
  auto text = fmt::format("{} is {}; needs {}", shown(node), type_name(node.type), wanted(key.type));
  // The commonest slips, answered with the cure.
  if (key.type == SLUICE_KEY_DURATION && node.type == SLUICE_NODE_INT)
    return fmt::format("{0} has no unit; write \"{0}s\" or \"{0}ms\"", node.integer);
  if (key.type == SLUICE_KEY_DURATION) return text + fmt::format(": {}", kDurations);
  if (key.type == SLUICE_KEY_SIZE) return text + fmt::format(": {}", kSizes);
  if (key.type == SLUICE_KEY_LIST && node.type != SLUICE_NODE_TABLE)
    return text + fmt::format(": [{}]", shown(node));
  if (node.type == SLUICE_NODE_STRING && (key.type == SLUICE_KEY_INT || key.type == SLUICE_KEY_BOOL))
    return text + ", without quotes";
  if (key.type == SLUICE_KEY_STRING && node.type != SLUICE_NODE_TABLE && node.type != SLUICE_NODE_LIST)
    return text + fmt::format(": \"{}\"", shown(node));
  return text;
}

std::string ranged(std::int64_t number, sluice_key_type type) {
  if (type == SLUICE_KEY_DURATION) return format_duration(std::chrono::milliseconds{number});
  if (type == SLUICE_KEY_SIZE) return format_size(static_cast<std::uint64_t>(number));
  return fmt::format("{}", number);
}

void out_of_range(const Node& node, const Key& key, const Path& path, Problems& problems) {
  auto from = ranged(key.least, key.type);
  auto limits = key.most == std::numeric_limits<std::int64_t>::max()
                    ? fmt::format("at least {}", from)
                    : fmt::format("{} to {}", from, ranged(key.most, key.type));
  problems.add(node.position(), path.text(),
               fmt::format("{} is out of range; needs {}", shown(node), limits));
}

bool in_range(std::int64_t number, const Node& node, const Key& key, const Path& path, Problems& problems) {
  if (number >= key.least && number <= key.most) return true;
  out_of_range(node, key, path, problems);
  return false;
}

std::optional<std::int64_t> chosen(const Node& node, const Key& key, const Path& path, Problems& problems) {
  auto found = std::find(key.choices.begin(), key.choices.end(), node.text);
  if (found != key.choices.end()) return found - key.choices.begin();
  std::string all;
  for (auto each : key.choices)
    all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", each);
  auto message = fmt::format("{} is not one of {}", shown(node), all);
  if (auto near = nearest(node.text, key.choices); !near.empty())
    message += fmt::format("; did you mean \"{}\"?", near);
  problems.add(node.position(), path.text(), message);
  return std::nullopt;
}

// Durations and sizes: text or, for sizes, a number.
std::optional<std::int64_t> measured(const Node& node, const Key& key, const Path& path, Problems& problems) {
  if (key.type == SLUICE_KEY_SIZE && node.type == SLUICE_NODE_INT && node.integer >= 0) return node.integer;
  auto is_time = key.type == SLUICE_KEY_DURATION;
  if (is_time) {
    if (auto time = parse_duration(node.text)) return time->count();
  } else if (auto size = parse_size(node.text)) {
    return static_cast<std::int64_t>(*size);
  }
  problems.add(node.position(), path.text(),
               fmt::format("{} is no {}; write a number and its unit, as in {}", shown(node),
                           is_time ? "duration" : "size", is_time ? kDurations : kSizes));
  return std::nullopt;
}

std::vector<std::string_view> strings_of(const Node& list, const Path& path, Problems& problems) {
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    const auto& element = *list.entries[i].node;
    if (element.type == SLUICE_NODE_STRING)
      texts.push_back(element.text);
    else
      problems.add(
          element.position(), path.child({}, i + 1).text(),
          fmt::format("{0} is {1}; needs a string: [\"{0}\"]", shown(element), type_name(element.type)));
  }
  return texts;
}

bool fits(const Node& node, sluice_key_type type) {
  switch (type) {
    case SLUICE_KEY_ANY: return true;
    case SLUICE_KEY_BOOL: return node.type == SLUICE_NODE_BOOL;
    case SLUICE_KEY_INT: return node.type == SLUICE_NODE_INT;
    case SLUICE_KEY_FLOAT: return node.type == SLUICE_NODE_FLOAT || node.type == SLUICE_NODE_INT;
    case SLUICE_KEY_STRING:
    case SLUICE_KEY_DURATION: return node.type == SLUICE_NODE_STRING;
    case SLUICE_KEY_SIZE: return node.type == SLUICE_NODE_STRING || node.type == SLUICE_NODE_INT;
    case SLUICE_KEY_LIST: return node.type == SLUICE_NODE_LIST;
    case SLUICE_KEY_TABLE: return node.type == SLUICE_NODE_TABLE;
    case SLUICE_KEY_TABLES: return node.type == SLUICE_NODE_TABLE || node.type == SLUICE_NODE_LIST;
  }
  return false;
}

}  // namespace

std::string Path::text() const {
  if (!parent) return {};
  auto out = parent->text();
  if (!out.empty() && !key.empty()) out += '.';
  out += key;
  if (index != 0) out += fmt::format("[{}]", index);
  return out;
}

std::optional<Value> check_value(const Node& node, const Key& key, const Path& path, Problems& problems) {
  if (!fits(node, key.type)) {
    problems.add(node.position(), path.text(), wrong_type(node, key));
    return std::nullopt;
  }
  Value value;
  std::optional<std::int64_t> number;
  switch (key.type) {
    case SLUICE_KEY_BOOL: value.boolean = node.boolean; return value;
    case SLUICE_KEY_FLOAT:
      value.floating = node.type == SLUICE_NODE_INT ? static_cast<double>(node.integer) : node.floating;
      if (value.floating >= static_cast<double>(key.least) && value.floating <= static_cast<double>(key.most))
        return value;
      out_of_range(node, key, path, problems);
      return std::nullopt;
    case SLUICE_KEY_STRING:
      value.text = node.text;
      if (key.choices.empty()) return value;
      number = chosen(node, key, path, problems);
      if (!number) return std::nullopt;
      value.integer = *number;
      return value;
    case SLUICE_KEY_INT: number = node.integer; break;
    case SLUICE_KEY_DURATION:
    case SLUICE_KEY_SIZE: number = measured(node, key, path, problems); break;
    case SLUICE_KEY_LIST:
      if (key.of_strings) value.texts = strings_of(node, path, problems);
      return value;
    default: return value;
  }
  if (!number || !in_range(*number, node, key, path, problems)) return std::nullopt;
  value.integer = *number;
  return value;
}

std::optional<Value> unset_value(const Key& key) {
  if (key.is_required() || key.unset == "none" || key.unset.starts_with('(')) return std::nullopt;
  Value value;
  switch (key.type) {
    case SLUICE_KEY_BOOL:
      value.boolean = key.unset == "true";
      if (!value.boolean && key.unset != "false") return std::nullopt;
      return value;
    case SLUICE_KEY_INT:
      if (auto number = parse_int(key.unset)) return value.integer = *number, value;
      return std::nullopt;
    case SLUICE_KEY_FLOAT:
      return value.floating = std::strtod(std::string(key.unset).c_str(), nullptr), value;
    case SLUICE_KEY_DURATION:
      if (auto time = parse_duration(key.unset)) return value.integer = time->count(), value;
      return std::nullopt;
    case SLUICE_KEY_SIZE:
      if (auto size = parse_size(key.unset)) return value.integer = static_cast<std::int64_t>(*size), value;
      return std::nullopt;
    case SLUICE_KEY_STRING: {
      value.text = key.unset;
      auto found = std::find(key.choices.begin(), key.choices.end(), key.unset);
      value.integer = found == key.choices.end() ? 0 : found - key.choices.begin();
      return value;
    }
    case SLUICE_KEY_LIST: return key.unset == "[]" ? std::optional(value) : std::nullopt;
    default: return std::nullopt;
  }
}

void unknown_key(const Entry& entry, const Node& table, std::span<const std::string_view> known,
                 const Path& path, Problems& problems) {
  auto at = table.position();
  at.line = entry.line;
  at.column = entry.column;
  std::string message = "unknown key";
  if (auto near = nearest(entry.key, known); !near.empty()) {
    message += fmt::format("; did you mean \"{}\"?", near);
  } else {
    std::string all;
    for (auto each : known)
      all += fmt::format("{}{}", all.empty() ? "" : ", ", each);
    message += all.empty() ? "; none is known here" : "; known here: " + all;
  }
  problems.add(at, path.child(entry.key).text(), std::move(message));
}

void missing_key(const Key& key, const Node& table, const Path& path, Problems& problems) {
  // The reference's sentence, run on after a colon.
  std::string meaning(key.meaning);
  if (meaning.ends_with('.')) meaning.pop_back();
  if (meaning.size() > 1 && meaning[1] >= 'a' && meaning[1] <= 'z') meaning[0] = ascii::to_lower(meaning[0]);
  problems.add(table.position(), path.text(), fmt::format("key \"{}\" is missing: {}", key.name, meaning));
}

std::vector<const Node*> tables_of(const Node& node, const Path& path, Problems& problems) {
  if (node.type == SLUICE_NODE_TABLE) return {&node};
  std::vector<const Node*> tables;
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const auto& element = *node.entries[i].node;
    if (element.type == SLUICE_NODE_TABLE)
      tables.push_back(&element);
    else
      problems.add(element.position(), Path{path.parent, path.key, i + 1}.text(),
                   fmt::format("{} is {}; needs a table", shown(element), type_name(element.type)));
  }
  return tables;
}

void misplaced_key(const Entry& entry, const Key& key, const Node& table, const Path& path,
                   Problems& problems) {
  auto at = table.position();
  at.line = entry.line;
  at.column = entry.column;
  std::string places;
  auto add = [&](Level level, std::string_view prefix) {
    if (key.levels & level) places += fmt::format("{}[{}{}]", places.empty() ? "" : " or ", prefix, path.key);
  };
  add(kProcess, "");
  add(kListener, "listener.");
  add(kUpstream, "upstream.");
  add(kRoute, "route.");
  problems.add(at, path.child(entry.key).text(), fmt::format("has no effect here; set it in {}", places));
}

const Node* sub_table(const Node& table, std::string_view key) {
  const auto* entry = table.find(key);
  return entry && entry->node->type == SLUICE_NODE_TABLE ? entry->node : nullptr;
}

const Key* find_key(std::span<const Key> keys, std::string_view name) {
  for (const auto& each : keys)
    if (each.name == name) return &each;
  return nullptr;
}

std::vector<std::string_view> names_of(std::span<const Key> keys) {
  std::vector<std::string_view> names;
  for (const auto& each : keys)
    names.push_back(each.name);
  return names;
}

}  // namespace sluice::config
