// Routes that answer themselves: a redirect or a fixed response. Immutable after reading; shared by the workers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "captures.h"
#include "host.h"
#include "pattern.h"
#include "request.h"
#include "template.h"

namespace sluice::router {

// Answers 400 and notes why: for requests that cannot be sent on as the configuration says because of what is in them.
sluice_verdict refuse(sluice_exchange* ex, std::string_view why);

class Redirect {
 public:
  // From "https://www.example.com/new/*", "/new/{id}" or a table of status, scheme, host, port, path, query. Reports what is
  // wrong and gives nothing then.
  static std::optional<Redirect> read(const Node& node, const std::vector<const Pattern*>& patterns);

  // Makes the local response; `buffer` is memory to reuse.
  sluice_verdict respond(Request& request, const Captures& captures, std::string& buffer) const;
  // Whether it takes anything from the matched path.
  bool needs_match() const { return path_ && path_->needs_match(); }
  // Whether it changes the scheme and nothing else, so that it must not meet requests that have it already.
  bool only_scheme() const { return !scheme_.empty() && host_.empty() && port_ == 0 && !path_; }
  const std::string& scheme() const { return scheme_; }

 private:
  bool read_table(const Node& node, const std::vector<const Pattern*>& patterns);
  bool read_url(const Node& node, std::string_view url, const std::vector<const Pattern*>& patterns);
  bool set_scheme(const Node& node, std::string_view text);
  bool set_authority(const Node& node, std::string_view text);
  bool set_path(const Node& node, std::string_view text, const std::vector<const Pattern*>& patterns);
  void write_authority(Request& request, std::string& out) const;

  std::int32_t status_ = 302;
  std::string scheme_;  // empty: as the request's
  std::string host_;    // likewise
  std::int64_t port_ = 0;
  std::optional<Template> path_;  // nothing: as the request's
  bool keep_query_ = true;
};

class Fixed {
 public:
  // From a status, a body, or a table of status, body, body_file, content_type. Reports what is wrong and gives nothing then.
  static std::optional<Fixed> read(const Node& node);

  bool respond(sluice_exchange* ex) const;

 private:
  bool read_table(const Node& node);
  bool set_status(const Node& node, std::int64_t status);

  std::int32_t status_ = 200;
  std::string content_type_;
  std::string body_;
};

}  // namespace sluice::router
