#include "read_version.h"

#include <sluice/ext/routes.h>

#include <algorithm>

#include "date.h"
#include "text.h"

namespace api_version {
namespace {

std::string_view text_of(sluice::Config node) { return node ? node.as_string() : std::string_view(); }

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 32 && lower(text.front()) >= 'a' && lower(text.front()) <= 'z' &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

// A URL as it can stand between "<" and ">" (RFC 8288 3), absolute or with a path alone.
bool is_link(std::string_view url) {
  const bool begins = url.starts_with("https://") || url.starts_with("http://") || url.starts_with("/");
  return begins && std::ranges::all_of(url, [](char c) {
           return c > ' ' && c < 0x7f && std::string_view("<>\"\\^`{|}").find(c) == std::string_view::npos;
         });
}

class Reader {
 public:
  Reader(const sluice::Create& create, sluice::Config node, const Catalogue& before, Problems& problems)
      : create_(create), node_(node), before_(before), problems_(problems) {}

  Version read() {
    read_name();
    read_aliases();
    read_upstream();
    version_.is_preview = node_["preview"].as_bool();
    version_.deprecated = read_date("deprecated");
    version_.sunset = read_date("sunset");
    if (version_.deprecated && version_.sunset && *version_.sunset < *version_.deprecated)
      problems_.add(node_["sunset"], "sunset " + quoted(text_of(node_["sunset"])) + " is before deprecated " +
                                         quoted(text_of(node_["deprecated"])) +
                                         "; a version is deprecated first (RFC 9745 4)");
    if (version_.deprecated) version_.deprecation_header = "@" + std::to_string(*version_.deprecated);
    if (version_.sunset) version_.sunset_header = http_date(*version_.sunset);
    add_link("deprecation_link", "deprecation");
    add_link("sunset_link", "sunset");
    version_.successor = add_link("successor_link", "successor-version");
    return std::move(version_);
  }

 private:
  void read_name() {
    const auto node = node_["name"];
    version_.name = node.as_string();
    const auto number = Number::parse(version_.name);
    if (!number) {
      problems_.add(node, "version " + quoted(version_.name) +
                              " is no number; write \"2\", \"2.1\" or \"2024-06-01\", without \"v\", and "
                              "words as aliases");
      return;
    }
    version_.number = *number;
    for (const auto& other : before_.newest_first()) {
      if (other.number == *number)
        problems_.add(node, "version " + quoted(version_.name) + " is the same as " + quoted(other.name) +
                                "; leave one out");
      const bool mixed = other.number.separator != 0 && number->separator != 0 &&
                         other.number.separator != number->separator;
      if (mixed) {
        problems_.add(node, "version " + quoted(version_.name) + " is written otherwise than " +
                                quoted(other.name) + "; separate all with \".\" or all with \"-\"");
        break;
      }
    }
  }

  void read_aliases() {
    const auto list = node_["aliases"];
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto node = list.at(i);
      sluice_str raw{};
      const bool is_text = sluice::detail::config_api().as_str(node.node(), &raw);
      const auto alias = sluice::detail::view(raw);
      const bool is_taken = std::ranges::any_of(before_.newest_first(), [&](const Version& other) {
        return std::ranges::any_of(other.aliases, [&](const auto& each) { return iequals(each, alias); });
      });
      if (!is_text || !is_word(alias) || iequals(alias, "latest"))
        problems_.add(node,
                      "alias " + (is_text ? quoted(alias) : "") +
                          " cannot be used; write a word of letters, digits, \"-\", \"_\" and \".\" that "
                          "begins with a letter and is not \"latest\"");
      else if (is_taken)
        problems_.add(node, "alias " + quoted(alias) + " means another version already; leave one out");
      else
        version_.aliases.emplace_back(alias);
    }
  }

  void read_upstream() {
    const auto node = node_["upstream"];
    if (!node) return;
    const auto* routes = sluice::ability<sluice_routes_api>(SLUICE_ROUTES);
    const auto name = node.as_string();
    if (routes) version_.upstream = routes->upstream_find(create_.args(), name.data(), name.size());
    if (version_.upstream < 0)
      problems_.add(node, "upstream " + quoted(name) +
                              " is not configured; add an [[upstream]] of that name, or leave it out to keep "
                              "the route's");
  }

  std::optional<std::int64_t> read_date(std::string_view key) {
    const auto node = node_[key];
    if (!node) return std::nullopt;
    const auto date = parse_date(node.as_string());
    if (!date)
      problems_.add(node, std::string(key) + " " + quoted(node.as_string()) +
                              " is no date; write \"2026-01-31\" (UTC) or \"2026-01-31T12:00:00Z\"");
    return date;
  }

  std::string add_link(std::string_view key, std::string_view relation) {
    const auto node = node_[key];
    if (!node) return {};
    const auto url = node.as_string();
    if (!is_link(url)) {
      problems_.add(node,
                    std::string(key) + " " + quoted(url) +
                        " is no URL for a header; begin with \"https://\" or \"/\" and write other than "
                        "plain characters as %XX");
      return {};
    }
    auto& header = version_.link_header;
    if (!header.empty()) header += ", ";
    header += "<" + std::string(url) + ">; rel=\"" + std::string(relation) + "\"";
    return std::string(url);
  }

  const sluice::Create& create_;
  sluice::Config node_;
  const Catalogue& before_;
  Problems& problems_;
  Version version_;
};

}  // namespace

void read_version(const sluice::Create& create, sluice::Config node, Catalogue& catalogue,
                  Problems& problems) {
  catalogue.add(Reader(create, node, catalogue, problems).read());
}

}  // namespace api_version
