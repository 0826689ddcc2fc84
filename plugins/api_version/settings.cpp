#include "settings.h"

#include <sluice/cpp/problems.hpp>

#include <algorithm>
#include <initializer_list>

#include "read_version.h"
#include "text.h"

namespace api_version {
namespace {

// RFC 9110 5.6.2.
bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_list(sluice::Config node) {
  return sluice::detail::config_api().type(node.node()) == SLUICE_NODE_LIST;
}

// A text of the configuration and where it stands.
struct Text {
  std::string text;
  sluice::Config node;
};

class Reader {
 public:
  explicit Reader(const sluice::Create& create) : create_(create), config_(create.config()) {}

  Settings read() {
    read_versions();
    read_sources();
    read_default();
    out_.refuses_conflict = choice("on_conflict", "first", "refuse") == 1;
    out_.strips_path = config_["strip_path"].as_bool();
    if (out_.strips_path && !has_path_)
      problems_.add(config_["strip_path"], "strip_path has nothing to strip; add \"path\" to sources");
    out_.upstream_header = config_["upstream_header"].as_string();
    if (!out_.upstream_header.empty() && !is_token(out_.upstream_header))
      problems_.add(config_["upstream_header"],
                    "upstream_header " + quoted(out_.upstream_header) + " is no name of a header");
    out_.unknown_status = read_status("unknown_status");
    out_.sunset_status = read_status("sunset_status").value_or(out_.sunset_status);
    problems_.raise();
    return std::move(out_);
  }

 private:
  void read_versions() {
    const auto node = config_["version"];
    const bool listed = is_list(node);
    const std::size_t count = listed ? node.size() : 1;
    for (std::size_t i = 0; i < count; ++i)
      read_version(create_, listed ? node.at(i) : node, out_.catalogue, problems_);
    if (count == 0) problems_.add(config_, "there is no version; add [[plugin.version]] with a name");
    out_.catalogue.seal(choice("after_sunset", "refuse", "serve") == 1);
    for (const auto& version : out_.catalogue.newest_first())
      out_.needs_upstreams = out_.needs_upstreams || version.upstream >= 0;
  }

  // Index of the word that the key has.
  std::size_t choice(std::string_view key, std::string_view first, std::string_view second) {
    const auto text = config_[key].as_string();
    if (text != first && text != second)
      problems_.add(config_[key], std::string(key) + " " + quoted(text) + " is neither " + quoted(first) +
                                      " nor " + quoted(second));
    return text == second ? 1 : 0;
  }

  // A string, or a list of strings; `unset` when there is none.
  std::vector<Text> texts(std::string_view key, std::initializer_list<const char*> unset) {
    std::vector<Text> out;
    const auto node = config_[key];
    if (!node) {
      for (const auto* text : unset)
        out.push_back({text, config_});
      return out;
    }
    const auto add = [&](sluice::Config each) {
      sluice_str text{};
      if (sluice::detail::config_api().as_str(each.node(), &text))
        out.push_back({std::string(sluice::detail::view(text)), each});
      else
        problems_.add(each, std::string(key) + " takes strings");
    };
    if (!is_list(node)) return add(node), out;
    if (node.size() == 0)
      problems_.add(node, std::string(key) + " is empty; name at least one, or leave it out");
    for (std::size_t i = 0; i < node.size(); ++i)
      add(node.at(i));
    return out;
  }

  std::vector<Pattern> patterns(const std::vector<Text>& from, std::string_view key, bool ignore_case,
                                bool needs_version) {
    std::vector<Pattern> out;
    for (const auto& [text, node] : from) {
      std::string why;
      auto pattern = Pattern::parse(text, ignore_case, why);
      if (pattern && needs_version && !pattern->has_version())
        why = "has no {version}; write it where the version stands";
      else if (pattern)
        why = reject(key, text);
      if (why.empty())
        out.push_back(std::move(*pattern));
      else
        problems_.add(node, std::string(key) + " " + quoted(text) + " " + why);
    }
    return out;
  }

  // Why a text cannot be this key's pattern; empty when it can.
  static std::string reject(std::string_view key, std::string_view text) {
    if (key == "path") {
      if (!text.starts_with('/')) return "must begin with \"/\"";
      if (text.find('/', text.find("{version}")) != std::string_view::npos)
        return "goes on behind the version's segment; leave out what follows";
      if (text.find_first_of("?#%") != std::string_view::npos) return "has what no plain path has";
    }
    if (key == "host" && text.find_first_of(":/") != std::string_view::npos)
      return "is no host; write it without scheme and port";
    if (key == "media_type" &&
        (text.find('/') == std::string_view::npos || text.find_first_of("; ,") != std::string_view::npos))
      return "is no media type; write \"type/subtype\" without parameters";
    return {};
  }

  void read_sources() {
    std::vector<Text> words = texts("sources", {"path", "header"});
    std::vector<std::string> seen;
    for (const auto& [word, node] : words) {
      if (std::ranges::find(seen, word) != seen.end())
        problems_.add(node, "source " + quoted(word) + " stands twice; leave one");
      else
        add_source(word, node);
      seen.push_back(word);
    }
    const auto has = [&](std::initializer_list<std::string_view> any) {
      return std::ranges::any_of(any, [&](auto word) { return std::ranges::find(seen, word) != seen.end(); });
    };
    has_path_ = has({"path"});
    check_used("path", has_path_, "path");
    check_used("header", has({"header"}), "header");
    check_used("query", has({"query"}), "query");
    check_used("host", has({"host"}), "host");
    check_used("media_type", has({"media_type", "accept", "content_type"}), "media_type");
  }

  void check_used(std::string_view key, bool is_used, std::string_view source) {
    if (config_[key] && !is_used)
      problems_.add(config_[key],
                    std::string(key) + " is given, but not looked at; add " + quoted(source) + " to sources");
  }

  void add_source(std::string_view word, sluice::Config node) {
    if (word == "path") {
      auto of_path = patterns(texts("path", {"/v{version}"}), "path", false, true);
      out_.sources.push_back({Place::path, {}, std::move(of_path), {}});
    } else if (word == "host") {
      if (!config_["host"])
        problems_.add(node, "source \"host\" has no names; add host = \"v{version}.api.example.org\"");
      out_.sources.push_back({Place::host, {}, patterns(texts("host", {}), "host", true, true), {}});
    } else if (word == "header") {
      for (const auto& [name, at] : texts("header", {"X-API-Version", "Accept-Version"})) {
        if (!is_token(name)) problems_.add(at, "header " + quoted(name) + " is no name of a header");
        out_.sources.push_back({Place::header, name, {}, {}});
      }
    } else if (word == "query") {
      for (const auto& [name, at] : texts("query", {"version"})) {
        if (name.empty() || name.find_first_of("&=#") != std::string::npos)
          problems_.add(at, "query " + quoted(name) + " is no name of a parameter");
        out_.sources.push_back({Place::query, name, {}, {}});
      }
    } else if (word == "media_type") {
      out_.sources.push_back({Place::accept, {}, {}, media_types()});
      out_.sources.push_back({Place::content_type, {}, {}, media_types()});
    } else if (word == "accept") {
      out_.sources.push_back({Place::accept, {}, {}, media_types()});
    } else if (word == "content_type") {
      out_.sources.push_back({Place::content_type, {}, {}, media_types()});
    } else {
      problems_.add(node, "source " + quoted(word) +
                              " is none of \"path\", \"header\", \"accept\", \"content_type\", "
                              "\"media_type\", \"query\", \"host\"");
    }
  }

  // Read once, so that a problem is said once.
  const MediaTypes& media_types() {
    if (!media_types_) {
      const auto from =
          texts("media_type", {"application/vnd.*.v{version}+json", "application/vnd.*", "application/json"});
      const auto parameter = config_["media_parameter"].as_string();
      if (!parameter.empty() && !is_token(parameter))
        problems_.add(config_["media_parameter"],
                      "media_parameter " + quoted(parameter) + " is no name of a parameter");
      media_types_.emplace(patterns(from, "media_type", true, false), std::string(parameter));
    }
    return *media_types_;
  }

  void read_default() {
    const auto node = config_["default"];
    const auto text = node.as_string();
    if (text == "required") {
      out_.missing = Missing::is_refused;
    } else if (text == "ignore") {
      out_.missing = Missing::is_ignored;
    } else {
      const auto number = out_.catalogue.read(text);
      out_.default_number = number.value_or(Number{});
      if (out_.catalogue.newest_first().empty()) return;  // said already
      if (!number || !out_.catalogue.find(*number, 0))
        problems_.add(node,
                      "default " + quoted(text) +
                          " means no version; write one that is configured, \"latest\", \"required\" or "
                          "\"ignore\"");
    }
  }

  std::optional<int> read_status(std::string_view key) {
    const auto node = config_[key];
    if (!node) return std::nullopt;
    const auto value = node.as_int();
    if (value < 400 || value > 499)
      problems_.add(node, std::string(key) + " " + std::to_string(value) + " is not 400 to 499");
    return static_cast<int>(value);
  }

  const sluice::Create& create_;
  sluice::Config config_;
  Settings out_;
  Problems problems_;
  std::optional<MediaTypes> media_types_;
  bool has_path_ = false;
};

}  // namespace

Settings read_settings(const sluice::Create& create) { return Reader(create).read(); }

}  // namespace api_version
