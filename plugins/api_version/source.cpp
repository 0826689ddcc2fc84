#include "source.h"

#include <algorithm>

#include "text.h"

namespace api_version {
namespace {

constexpr int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

// "2%2E1" is "2.1"; a text that needs no decoding stays where it is, and one too long for `scratch` too: it is no version.
std::string_view decode(std::string_view text, Source::Scratch& scratch) {
  if (text.find_first_of("%+") == std::string_view::npos || text.size() > scratch.size() * 3) return text;
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (size == scratch.size()) return text;
    char c = text[i] == '+' ? ' ' : text[i];
    if (c == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      c = static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    }
    scratch[size++] = c;
  }
  return {scratch.data(), size};
}

// What stands in a header or a parameter; a "v" before a number is allowed there. An empty text says nothing.
Finding read_text(std::string_view text, const Catalogue& catalogue, std::int64_t now) {
  text = trim(text);
  if (text.empty()) return {};
  Finding out{true, text, catalogue.read(text)};
  if (!out.number && lower(text.front()) == 'v' && Number::parse(text.substr(1)))
    out.number = catalogue.read(text.substr(1));
  if (out.number && !catalogue.find(*out.number, now)) out.number.reset();
  return out;
}

Finding read_header(const sluice::Headers& headers, std::string_view name, const Catalogue& catalogue,
                    std::int64_t now) {
  const auto first = headers.get(name);
  if (!first) return {};
  auto out = read_text(*first, catalogue, now);
  // Lines that differ ask for nothing that exists.
  for (std::size_t nth = 1; const auto line = headers.get(name, nth); ++nth)
    if (trim(*line) != trim(*first)) out = {true, *line, std::nullopt};
  return out;
}

Finding read_query(std::string_view query, std::string_view name, const Catalogue& catalogue,
                   std::int64_t now, Source::Scratch& scratch) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto key = pair.substr(0, pair.find('='));
    if (decode(key, scratch) != name) continue;
    return read_text(decode(pair.substr(std::min(key.size() + 1, pair.size())), scratch), catalogue, now);
  }
  return {};
}

// Whether a body follows, as far as the head tells: HTTP/2 need not give its length.
bool has_body(sluice::Exchange ex) {
  if (const auto length = ex.request().get("content-length")) return *length != "0";
  if (ex.request().has("transfer-encoding")) return true;
  const auto method = ex.method();
  return method == "POST" || method == "PUT" || method == "PATCH";
}

Finding find_first(const std::vector<Pattern>& patterns, std::string_view text, const Catalogue& catalogue,
                   std::int64_t now) {
  for (const auto& pattern : patterns) {
    const auto match = pattern.match(text, catalogue);
    if (!match) continue;
    Finding out{true, match->text, match->number};
    if (out.number && !catalogue.find(*out.number, now)) out.number.reset();
    return out;
  }
  return {};
}

}  // namespace

std::string_view word(Place place) {
  switch (place) {
    case Place::path: return "path";
    case Place::header: return "header";
    case Place::accept: return "accept";
    case Place::content_type: return "content_type";
    case Place::query: return "query";
    case Place::host: return "host";
  }
  return "";
}

Finding Source::read(sluice::Exchange ex, const Catalogue& catalogue, std::int64_t now,
                     Scratch& scratch) const {
  switch (place) {
    case Place::path: {
      const auto part = find_in_path(ex.path(), catalogue, now);
      return part ? part->finding : Finding{};
    }
    case Place::header: return read_header(ex.request(), name, catalogue, now);
    case Place::accept: {
      Acceptance acceptance(types, catalogue, now);
      for (std::size_t nth = 0; const auto line = ex.request().get("accept", nth); ++nth)
        acceptance.add(*line);
      return acceptance.best();
    }
    case Place::content_type: {
      const auto type = ex.request().get("content-type");
      return type && has_body(ex) ? types.read(*type, catalogue, now) : Finding{};
    }
    case Place::query: return read_query(ex.query(), name, catalogue, now, scratch);
    case Place::host: return find_first(patterns, ex.host(), catalogue, now);
  }
  return {};
}

std::optional<PathPart> Source::find_in_path(std::string_view path, const Catalogue& catalogue,
                                             std::int64_t now) const {
  for (const auto& pattern : patterns) {
    // As many segments as the pattern has.
    auto left = std::ranges::count(pattern.text(), '/');
    std::size_t end = 0;
    std::size_t begin = 0;
    for (; left > 0 && end < path.size(); --left) {
      begin = end;
      end = std::min(path.find('/', end + 1), path.size());
    }
    if (left > 0) continue;
    const auto match = pattern.match(path.substr(0, end), catalogue);
    if (!match) continue;
    PathPart out{begin, end, {true, match->text, match->number}};
    if (out.finding.number && !catalogue.find(*out.finding.number, now)) out.finding.number.reset();
    return out;
  }
  return std::nullopt;
}

std::string_view Source::vary() const {
  if (place == Place::header) return name;
  return place == Place::accept ? std::string_view("Accept") : std::string_view();
}

}  // namespace api_version
