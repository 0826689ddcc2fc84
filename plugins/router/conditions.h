// What a route asks of a request besides host and path: method, scheme, listener, client address, headers, query, cookies.
//
// All must hold. Tested in an order of cost, not of precedence. Immutable after reading; shared by the workers.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host.h"
#include "ranges.h"
#include "request.h"
#include "truth.h"
#include "value_match.h"

namespace sluice::router {

// A text of the request is one of these.
struct WordIs {
  sluice_field which;  // SLUICE_METHOD, SLUICE_SCHEME or SLUICE_LISTENER
  std::vector<std::string> words;

  Truth holds(Request& request) const;
  std::string failure(Request& request) const;
  std::string canonical() const;
};

struct SourceIn {
  std::vector<Range> ranges;

  Truth holds(Request& request) const;
  std::string failure(Request& request) const;
  std::string canonical() const;
};

struct FieldIs {
  enum class Where : std::uint8_t { header, query, cookie };

  Where where;
  std::string name;
  ValueMatch match;

  Truth holds(Request& request) const;
  // Says that it is absent or different, never its value: it may be a secret.
  std::string failure(Request& request) const;
  std::string canonical() const;
};

std::string_view word(FieldIs::Where where);

using Condition = std::variant<WordIs, SourceIn, FieldIs>;

std::string canonical(const Condition& condition);
// Does every request that meets `special` meet `general`? False when that is not easily seen.
bool covers(const Condition& general, const Condition& special);

// How special a set of conditions is, most important first, by the order of the Kubernetes Gateway API.
struct Weight {
  std::uint16_t method = 0;
  std::uint16_t headers = 0;
  std::uint16_t query = 0;
  std::uint16_t others = 0;  // cookies, source, scheme, listener

  auto operator<=>(const Weight&) const = default;
};

struct Conditions {
  std::vector<Condition> list;
  Weight weight;

  // Do all hold? When one does not, it is `failing`, and what is not known of others does not matter.
  Truth hold(Request& request, const Condition*& failing) const;
  // As covers() for each of its own.
  bool cover(const Conditions& special) const;
  std::string canonical() const;
  std::uint32_t groups() const;
};

// From the keys method, scheme, listener, source, header, query, cookie of a match table. Reports what is wrong.
Conditions read_conditions(const sluice_create& args, const Node& match);

}  // namespace sluice::router
