// A place of a request that may name the version: path, a header, media types, a query parameter, the host.
//
// Read-only once made; shared by the workers. [any-thread]
#pragma once

#include <sluice/plugin.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue.h"
#include "media_type.h"
#include "pattern.h"

namespace api_version {

enum class Place { path, header, accept, content_type, query, host };

// As notes and answers call it.
std::string_view word(Place place);

// Where a version stands in a path.
struct PathPart {
  std::size_t begin = 0;  // of its segment's "/"
  std::size_t end = 0;    // of the segment
  Finding finding;
};

struct Source {
  Place place = Place::path;
  std::string name;               // of the header or query parameter
  std::vector<Pattern> patterns;  // of path and host
  MediaTypes types;               // of accept and content_type

  // Room for a text that had to be decoded.
  using Scratch = std::array<char, 64>;

  // What the request says here. Its text lives as long as the request's head is unchanged, or as `scratch`.
  Finding read(sluice::Exchange ex, const Catalogue& catalogue, std::int64_t now, Scratch& scratch) const;
  // For path only: the segment that has the version; nothing when none has.
  std::optional<PathPart> find_in_path(std::string_view path, const Catalogue& catalogue,
                                       std::int64_t now) const;

  // The request header that the choice depends on; empty when it is the URL, or the body's type.
  std::string_view vary() const;
};

}  // namespace api_version
