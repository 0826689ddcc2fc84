// The attributes of the plugin's own cookie, checked together, and the Set-Cookie lines made from them (RFC 6265bis 4.1).
#pragma once

#include <sluice/cpp/problems.hpp>
#include <sluice/plugin.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sticky_cookie {

using sluice::Problems;

class Attributes {
 public:
  // From the use's table; `name` is the cookie's, whose prefix may ask for more (RFC 6265bis 4.1.3).
  static Attributes read(const sluice::Config& config, std::string_view name, Problems& problems);

  // Replaces `out` by the line. `remaining`: what is left of the token's life; the cookie's never is more.
  void write(std::string& out, std::string_view name, std::string_view value, bool is_https,
             std::optional<std::chrono::seconds> remaining) const;
  // The line that makes browsers forget the cookie.
  void write_end(std::string& out, std::string_view name, bool is_https) const;

  const std::string& path() const { return path_; }
  const std::string& domain() const { return domain_; }

 private:
  enum class Secure { with_https, always, never };

  void check_prefix(const sluice::Config& config, std::string_view name, Problems& problems) const;
  void check_secure(const sluice::Config& config, Problems& problems) const;
  void append_fixed(std::string& out, bool is_https) const;

  std::string path_ = "/";
  std::string domain_;
  Secure secure_ = Secure::with_https;
  bool is_http_only_ = true;
  std::string same_site_ = "Lax";  // empty: not said
  bool is_partitioned_ = false;
  std::optional<std::chrono::seconds> max_age_;
};

}  // namespace sticky_cookie
