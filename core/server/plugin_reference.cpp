#include "server/plugin_reference.h"

#include <fmt/format.h>

#include "config/reference.h"

namespace sluice {
namespace {

constexpr std::string_view kIntroduction = R"(# Built-in plugins: their keys

<!-- Written by `sluice reference --plugins` from the plugins' own key tables; a test fails when the two differ. Do not edit. -->

Beside `use`, `name` and `on_failure` (README.md) a `[[plugin]]` table has the keys of its plugin. How each plugin works:
`plugins/<name>/README.md`. The same for a plugin of yours: `sluice reference ./mine.so`.

)";

}  // namespace

std::string plugin_reference(const Library& library) {
  const auto& plugin = library.plugin();
  std::string out = fmt::format("## {}\n", library.name());
  if (plugin.summary) out += fmt::format("\n{}\n", plugin.summary);
  out += fmt::format("\nOn failure: {}.\n", plugin.guards ? "deny" : "allow");
  if (library.keys().list().empty())
    out += "\nIt has no keys of its own.\n";
  else
    out += fmt::format("\nKeys of `[[plugin]]` with `use = \"{}\"`:\n\n{}", library.name(),
                       config::reference_table(library.keys().list()));
  if (!library.route_keys().list().empty())
    out += fmt::format("\nKeys that it adds to `[[route]]`:\n\n{}",
                       config::reference_table(library.route_keys().list()));
  return out;
}

std::string plugins_reference(std::span<const std::shared_ptr<const Library>> libraries) {
  std::string out(kIntroduction);
  for (const auto& library : libraries)
    out += (library == libraries.front() ? "" : "\n") + plugin_reference(*library);
  return out;
}

}  // namespace sluice
