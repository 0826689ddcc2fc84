// What a route does with a request that it took, besides naming its upstream. Immutable after reading; shared by the workers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "answers.h"
#include "captures.h"
#include "header_edits.h"
#include "host.h"
#include "pattern.h"
#include "request.h"
#include "split.h"
#include "template.h"

namespace sluice::router {

class Actions {
 public:
  // From the route's own keys; `patterns` are the paths it takes. Nothing when it has none of them. Reports what is wrong.
  static std::optional<Actions> read(const sluice_create& args, const Node& route, std::string_view name,
                                     const std::vector<const Pattern*>& patterns);

  // In on_route, with the route selected. `pattern` is the one that took the request, null when none of the route's did
  // (another plugin selected the route); `captures` is its. `buffer` is memory to reuse.
  sluice_verdict apply(Request& request, const Pattern* pattern, const Captures& captures, Random& random,
                       std::string& buffer) const;
  // In on_response. False when the host refused a change.
  bool edit_response(sluice_exchange* ex) const { return response_.apply(ex, SLUICE_RESPONSE_HEADERS); }
  bool edits_response() const { return !response_.empty(); }
  // A scheme redirect that would meet its own target again, or nothing.
  const std::string* redirected_scheme() const {
    return redirect_ && redirect_->only_scheme() ? &redirect_->scheme() : nullptr;
  }

 private:
  bool empty() const;
  void read_rewrite(const Node& node, const std::vector<const Pattern*>& patterns);
  void read_strip(const Node& node, const std::vector<const Pattern*>& patterns);
  // What goes upstream in place of the client's path and query: both in one buffer, the path first.
  struct Target {
    std::size_t path_size = 0;  // 0: both stay
    bool has_query = false;
  };

  // False when the path must not be used.
  bool write_target(Request& request, const Pattern* pattern, const Captures& captures, std::string& buffer,
                    Target& out) const;
  std::optional<std::string_view> stripped(std::string_view path, const Pattern* pattern,
                                           const Captures& captures) const;

  std::optional<Split> split_;
  std::optional<Template> rewrite_;
  std::string rewrite_host_;
  std::string strip_;           // in the normal form, without trailing "/"
  bool strip_matched_ = false;  // strip_prefix = true
  std::optional<Redirect> redirect_;
  std::optional<Fixed> fixed_;
  HeaderEdits request_;
  HeaderEdits response_;
};

}  // namespace sluice::router
