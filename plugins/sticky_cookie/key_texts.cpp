#include "key_texts.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include "cookie_text.h"
#include "key_ring.h"
#include "words.h"

namespace sticky_cookie {
namespace {

void add(std::vector<std::string>& texts, std::string_view text, sluice::Config at, const std::string& what,
         Problems& problems) {
  if (const auto why = weakness(text); !why.empty())
    problems.add(at, what + " " + why);
  else if (std::ranges::find(texts, text) != texts.end())
    problems.add(at, what + " stands there twice; take one away");
  else
    texts.emplace_back(text);
}

void read_list(std::vector<std::string>& texts, sluice::Config list, Problems& problems) {
  if (list.size() == 0)
    problems.add(list, "keys is empty; write at least one key, or leave keys out for a random one");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto each = list.at(i);
    sluice_str text{};
    if (sluice::detail::config_api().as_str(each.node(), &text))
      add(texts, sluice::detail::view(text), each, "key " + std::to_string(i + 1) + " of keys", problems);
    else
      problems.add(each, "keys takes strings");
  }
}

std::optional<std::string> content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void read_file(std::vector<std::string>& texts, sluice::Config node, Problems& problems) {
  const auto path = node.as_path();
  const auto bytes = content(path);
  node.reads(path, bytes ? std::optional<std::string_view>(*bytes) : std::nullopt);
  if (!bytes) {
    problems.add(node, "key_file " + in_quotes(path) + " cannot be read");
    return;
  }
  std::error_code ignored;
  const auto mode = std::filesystem::status(path, ignored).permissions();
  if ((mode & std::filesystem::perms::others_read) != std::filesystem::perms::none && !ignored)
    sluice::log(SLUICE_WARN, "key_file " + in_quotes(path) + " can be read by everybody; chmod o-r");
  bool has_key = false;
  std::string_view rest = *bytes;
  for (int line = 1; !rest.empty(); ++line) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto text = rest.substr(0, end);
    if (text.ends_with('\r')) text.remove_suffix(1);
    text = trim(text);
    if (!text.empty() && !text.starts_with('#')) {
      has_key = true;
      add(texts, text, node, "line " + std::to_string(line) + " of " + in_quotes(path), problems);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!has_key)
    problems.add(node, "key_file " + in_quotes(path) + " has no key; write one a line, the newest first");
}

}  // namespace

std::vector<std::string> read_key_texts(const sluice::Config& config, Problems& problems) {
  std::vector<std::string> texts;
  const auto one = config["key"];
  const auto list = config["keys"];
  const auto file = config["key_file"];
  if (static_cast<int>(bool(one)) + static_cast<int>(bool(list)) + static_cast<int>(bool(file)) > 1) {
    problems.add(one ? one : list, "only one of key, keys and key_file may be given");
    return texts;
  }
  if (one) add(texts, one.as_string(), one, "key", problems);
  if (list) read_list(texts, list, problems);
  if (file) read_file(texts, file, problems);
  return texts;
}

}  // namespace sticky_cookie
