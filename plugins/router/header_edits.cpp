#include "header_edits.h"

#include <algorithm>

namespace sluice::router {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool check_name(const Node& node, std::string_view name, sluice_map map) {
  // exchange.h: the gateway writes these itself.
  static constexpr std::string_view framing[] = {"content-length", "transfer-encoding", "connection",
                                                 "keep-alive",     "upgrade",           "te",
                                                 "trailer",        "proxy-connection"};
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(), lower);
  if (!is_token(name)) {
    node.problem(in_quotes(name) + " is no header name");
  } else if (std::ranges::find(framing, lowered) != std::end(framing)) {
    node.problem("header " + in_quotes(name) + " frames the message; the gateway writes it itself");
  } else if (map == SLUICE_REQUEST_HEADERS && lowered == "host") {
    node.problem("header \"Host\" is changed with rewrite = { host = \"...\" }");
  } else {
    return true;
  }
  return false;
}

}  // namespace

HeaderEdits::Lines HeaderEdits::read_lines(const Node& table, sluice_map map, bool several) {
  Lines out;
  for (std::size_t i = 0; table && i < table.size(); ++i) {
    std::string_view name;
    const auto given = table.at(i, &name);
    if (!check_name(given, name, map)) continue;
    if (given.is_list() && !several) {
      given.problem("set gives header " + in_quotes(name) + " one value; further lines are for add");
      continue;
    }
    given.for_one_or_each([&](const Node& each) {
      const auto value = each.text();
      const bool valid = value && std::ranges::all_of(*value, [](unsigned char c) {
                           return c == '\t' || (c >= 0x20 && c != 0x7f);
                         });
      if (!valid)
        return each.problem("the value of header " + in_quotes(name) +
                            " is a string without control characters");
      out.emplace_back(name, *value);
    });
  }
  return out;
}

HeaderEdits HeaderEdits::read(const Node& table, sluice_map map) {
  HeaderEdits out;
  out.set_ = read_lines(table.get("set"), map, false);
  out.add_ = read_lines(table.get("add"), map, true);
  if (const auto list = table.get("remove"))
    list.for_one_or_each([&](const Node& each) {
      const auto name = each.text();
      if (!name) return each.problem("remove lists header names");
      if (check_name(each, *name, map)) out.remove_.emplace_back(*name);
    });
  return out;
}

bool HeaderEdits::apply(sluice_exchange* ex, sluice_map map) const {
  const auto& exchange = *host().exchange;
  bool ok = true;
  for (const auto& name : remove_) {
    const auto status = exchange.header_remove(ex, map, name.data(), name.size());
    ok = ok && (status == SLUICE_OK || status == SLUICE_NOT_FOUND);
  }
  const auto write = [&](auto call, const Lines& lines) {
    for (const auto& [name, value] : lines)
      ok = call(ex, map, name.data(), name.size(), value.data(), value.size()) == SLUICE_OK && ok;
  };
  write(exchange.header_set, set_);
  write(exchange.header_add, add_);
  return ok;
}

}  // namespace sluice::router
