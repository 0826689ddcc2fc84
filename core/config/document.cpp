// TOML text to a Document, by toml++: the one file that includes it.
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/core.h>

#include "config/nesting.h"
#include "config/node.h"

namespace sluice::config {
namespace {

constexpr std::uintmax_t kLargestFile = 256u << 20;  // bytes; 100,000 routes take about 20 MiB

// RFC 3339 text of a date or time; toml++ prints exactly that.
template <class T>
std::string stamp(const toml::value<T>& value) {
  std::ostringstream out;
  out << value.get();
  return out.str();
}

class Builder {
 public:
  explicit Builder(Tree& tree) : tree_(tree) {}

  const Node* build(const toml::node& from) {
    auto at = from.source().begin;
    if (const auto* table = from.as_table()) return build_table(*table, at);
    if (const auto* list = from.as_array()) return build_list(*list, at);
    if (const auto* value = from.as_boolean()) {
      auto* node = tree_.make(SLUICE_NODE_BOOL, at.line, at.column);
      node->boolean = value->get();
      return node;
    }
    if (const auto* value = from.as_integer()) {
      auto* node = tree_.make(SLUICE_NODE_INT, at.line, at.column);
      node->integer = value->get();
      return node;
    }
    if (const auto* value = from.as_floating_point()) {
      auto* node = tree_.make(SLUICE_NODE_FLOAT, at.line, at.column);
      node->floating = value->get();
      return node;
    }
    auto* node = tree_.make(SLUICE_NODE_STRING, at.line, at.column);
    if (const auto* value = from.as_string()) node->text = tree_.copy(value->get());
    if (const auto* value = from.as_date()) node->text = tree_.copy(stamp(*value));
    if (const auto* value = from.as_time()) node->text = tree_.copy(stamp(*value));
    if (const auto* value = from.as_date_time()) node->text = tree_.copy(stamp(*value));
    return node;
  }

 private:
  const Node* build_table(const toml::table& table, toml::source_position at) {
    auto* node = tree_.make(SLUICE_NODE_TABLE, at.line, at.column);
    auto entries = tree_.make_entries(table.size());
    std::size_t next = 0;
    for (const auto& [key, value] : table) {
      auto place = key.source().begin;
      entries[next++] = {tree_.copy(key.str()), build(value), place.line, place.column};
    }
    // toml++ keeps keys by name; the file's order is what people expect.
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.line, a.column, a.key) < std::tie(b.line, b.column, b.key);
    });
    node->entries = entries;
    return node;
  }

  const Node* build_list(const toml::array& list, toml::source_position at) {
    auto* node = tree_.make(SLUICE_NODE_LIST, at.line, at.column);
    auto entries = tree_.make_entries(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto* element = build(list[i]);
      entries[i] = {{}, element, element->line, element->column};
    }
    node->entries = entries;
    return node;
  }

  Tree& tree_;
};

std::unexpected<Problems> stopped(const std::string& file, std::uint32_t line, std::uint32_t column,
                                  std::string message) {
  Problems problems;
  problems.add(Problem{file, line, column, {}, std::move(message)});
  return std::unexpected(std::move(problems));
}

}  // namespace

std::expected<std::shared_ptr<const Document>, Problems> Document::parse(std::string_view text,
                                                                         std::string file) {
  // toml++ takes tables apart by recursion, whose depth dotted keys would let a file choose.
  if (auto place = too_deep(text))
    return stopped(file, place->line, place->column,
                   fmt::format("tables and lists are nested deeper than {} levels", kDeepest));
  try {
    auto parsed = toml::parse(text);
    auto document = std::make_shared<Document>(std::move(file));
    document->root_ = Builder(*document).build(parsed);
    return document;
  } catch (const toml::parse_error& fault) {
    auto at = fault.source().begin;
    return stopped(file, at.line, at.column, std::string(fault.description()));
  }
}

std::expected<std::shared_ptr<const Document>, Problems> Document::load(const std::filesystem::path& file) {
  auto name = file.string();
  std::error_code fault;
  if (std::filesystem::is_directory(file, fault))
    return stopped(name, 0, 0, "cannot read the configuration: it is a folder; name the file in it");
  auto bytes = std::filesystem::file_size(file, fault);
  if (!fault && bytes > kLargestFile)
    return stopped(
        name, 0, 0,
        fmt::format("cannot read the configuration: {} bytes are more than {}", bytes, kLargestFile));
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return stopped(name, 0, 0,
                   fmt::format("cannot read the configuration: {}", std::strerror(errno ? errno : EIO)));
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return stopped(name, 0, 0, "cannot read the configuration: reading it failed");
  return parse(text, std::move(name));
}

}  // namespace sluice::config
