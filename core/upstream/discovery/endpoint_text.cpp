#include "upstream/discovery/endpoint_text.h"

#include <fmt/core.h>

#include <array>
#include <unordered_map>

#include "config/address.h"
#include "config/reader.h"
#include "upstream/discovery/endpoint_file.h"
#include "upstream/discovery/json_tree.h"

namespace sluice {
namespace {

using config::kRequired;
using config::Node;
using config::Path;

struct FileKeys {};  // the list is read by hand
struct EndpointKeys {
  std::string address;
  std::uint32_t weight = 1;
  std::uint32_t priority = 0;
  std::string zone;
  std::uint32_t max_in_flight = 0;
};

constexpr std::array kFileKeys{
    config::section(SLUICE_KEY_LIST, "endpoints", kRequired, {},
                    "The group's endpoints, as in [\"10.0.0.1:80\"]; [] when there are none."),
};
constexpr std::array kEndpointKeys{
    config::text<&EndpointKeys::address>("address", kRequired, "\"ip:port\" or \"unix:/path\"."),
    config::whole<&EndpointKeys::weight>("weight", "1", 0, 65535, "Share of exchanges; 0: no new ones."),
    config::whole<&EndpointKeys::priority>("priority", "0", 0, 65535, "Lower ones are used first."),
    config::text<&EndpointKeys::zone>("zone", "", "Where it stands, for zone preference."),
    config::whole<&EndpointKeys::max_in_flight>("max_in_flight", "0", 0, 4294967295,
                                                "Exchanges at a time; 0: the group's."),
};

class EndpointReader {
 public:
  std::expected<std::vector<Found>, config::Problems> read(const Node& root) {
    if (root.type != SLUICE_NODE_TABLE) {
      problems_.add(root.position(), {},
                    fmt::format("{} is {}; needs an object, as in {{\"endpoints\": [\"10.0.0.1:80\"]}}",
                                config::shown(root), config::type_name(root.type)));
      return std::unexpected(std::move(problems_));
    }
    FileKeys ignored;
    reader_.fill(ignored, &root, config::Keys<FileKeys>{kFileKeys}, path_);
    if (const auto* entry = root.find("endpoints"); entry != nullptr && entry->node->type == SLUICE_NODE_LIST)
      read_list(*entry->node);
    if (!problems_.empty()) {
      problems_.sort();
      return std::unexpected(std::move(problems_));
    }
    return std::move(found_);
  }

 private:
  void read_list(const Node& list) {
    const auto path = path_.child("endpoints");
    if (list.entries.size() > kMostEndpoints) {
      problems_.add(
          list.position(), path.text(),
          fmt::format("has {} endpoints; at most {} are allowed", list.entries.size(), kMostEndpoints));
      return;
    }
    std::uint64_t weights = 0;
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
      if (problems_.size() >= kMostProblems) return;
      read_endpoint(*list.entries[i].node, path_.child("endpoints", i + 1), weights);
      canonical_.clear();
    }
    if (!list.entries.empty() && weights == 0 && problems_.empty())
      problems_.add(list.position(), path.text(), "every endpoint has weight 0; one must take exchanges");
  }

  void read_endpoint(const Node& node, const Path& path, std::uint64_t& weights) {
    EndpointKeys keys;
    const auto before = problems_.size();
    auto at = node.position();
    if (node.type == SLUICE_NODE_STRING) {
      keys.address = node.text;
    } else if (node.type == SLUICE_NODE_TABLE) {
      reader_.fill(keys, &node, config::Keys<EndpointKeys>{kEndpointKeys}, path);
      if (const auto* entry = node.find("address")) at = entry->node->position();
    } else {
      problems_.add(at, path.text(),
                    fmt::format("{} is {}; needs an address, as in \"10.0.0.1:80\", or a table with one",
                                config::shown(node), config::type_name(node.type)));
    }
    if (problems_.size() != before) return;
    if (const auto ip = Ip::parse(keys.address))
      return problems_.add(at, path.text(),
                           fmt::format("{} has no port; write \"{}\"", config::quote(keys.address),
                                       Address::of(*ip, 80).text()));
    auto checked = config::parse_endpoint_address(keys.address);
    if (!checked) return problems_.add(at, path.text(), checked.error());
    if (checked->kind == config::Address::Kind::name)
      return problems_.add(
          at, path.text(),
          fmt::format("{} is a name; write its IP address here, or let the upstream ask the DNS for it",
                      config::quote(keys.address)));
    auto address = Address::parse(checked->text());
    if (!address) return problems_.add(at, path.text(), address.error());
    const auto [earlier, is_new] = lines_.try_emplace(address->text(), at.line);
    if (!is_new)
      return problems_.add(
          at, path.text(),
          fmt::format("{} stands here twice, first in line {}; take one out, or give one the weight of both",
                      config::quote(keys.address), earlier->second));
    weights += keys.weight;
    found_.push_back(
        {std::move(*address), {}, keys.weight, keys.priority, std::move(keys.zone), keys.max_in_flight});
  }

  static constexpr std::size_t kMostProblems = 100;  // then the file is of another kind

  config::Problems problems_;
  std::string canonical_;
  config::Reader reader_{problems_, canonical_};
  Path path_;
  std::vector<Found> found_;
  std::unordered_map<std::string, std::uint32_t> lines_;  // by address
};

}  // namespace

std::expected<std::vector<Found>, config::Problems> parse_endpoints(std::string_view text,
                                                                    EndpointSyntax syntax,
                                                                    const std::string& file) {
  if (syntax == EndpointSyntax::json) {
    const auto tree = parse_json(text, file);
    if (!tree) return std::unexpected(tree.error());
    return EndpointReader().read(*tree->root);
  }
  const auto document = config::Document::parse(text, file);
  if (!document) return std::unexpected(document.error());
  return EndpointReader().read((*document)->root());
}

}  // namespace sluice
