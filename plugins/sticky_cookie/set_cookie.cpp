#include "set_cookie.h"

#include <algorithm>

#include "words.h"

namespace sticky_cookie {
namespace {

// RFC 6265 4.1.1, path-value: anything but controls and ";". Bytes above 0x7e are left to those who percent-encode them.
bool is_attribute_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

bool is_domain(std::string_view text) {
  return text.find('.') != std::string_view::npos && !text.starts_with('.') && !text.ends_with('.') &&
         text.find("..") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

}  // namespace

Attributes Attributes::read(const sluice::Config& config, std::string_view name, Problems& problems) {
  Attributes out;
  if (const auto node = config["path"]) out.path_ = node.as_string();
  if (!out.path_.starts_with('/') || !is_attribute_text(out.path_))
    problems.add(config["path"], "path " + in_quotes(out.path_) +
                                     " is no path of a cookie; it begins with \"/\" and has no \";\"");
  if (const auto node = config["domain"]) {
    out.domain_ = node.as_string();
    if (!is_domain(out.domain_))
      problems.add(node,
                   "domain " + in_quotes(out.domain_) +
                       " is no domain of a cookie; write it as \"example.com\", without a dot before it");
  }
  static constexpr std::string_view secure[] = {"auto", "always", "never"};
  out.secure_ = static_cast<Secure>(choice(config, "secure", secure, problems));
  if (const auto node = config["http_only"]) out.is_http_only_ = node.as_bool();
  static constexpr std::string_view same_site[] = {"lax", "strict", "none", "unset"};
  static constexpr std::string_view written[] = {"Lax", "Strict", "None", ""};
  out.same_site_ = written[choice(config, "same_site", same_site, problems)];
  if (const auto node = config["partitioned"]) out.is_partitioned_ = node.as_bool();
  out.max_age_ = seconds(config, "max_age", problems);
  out.check_secure(config, problems);
  out.check_prefix(config, name, problems);
  return out;
}

// Browsers drop such cookies whole, and the client would get a new endpoint with each request.
void Attributes::check_secure(const sluice::Config& config, Problems& problems) const {
  if (secure_ == Secure::always) return;
  if (same_site_ == "None")
    problems.add(config["same_site"],
                 "same_site \"none\" is taken by browsers with Secure only; add secure = \"always\"");
  if (is_partitioned_)
    problems.add(config["partitioned"],
                 "partitioned is taken by browsers with Secure only; add secure = \"always\"");
}

void Attributes::check_prefix(const sluice::Config& config, std::string_view name, Problems& problems) const {
  const auto prefix = lower(name.substr(0, 9));
  const bool is_host = prefix.starts_with("__host-");
  if (!is_host && prefix != "__secure-") return;
  const auto begin = "cookie " + in_quotes(name) + " asks for ";
  if (secure_ != Secure::always) problems.add(config["cookie"], begin + "Secure; add secure = \"always\"");
  if (is_host && path_ != "/") problems.add(config["path"], begin + "path \"/\", not " + in_quotes(path_));
  if (is_host && !domain_.empty()) problems.add(config["domain"], begin + "no domain; take it away");
}

void Attributes::append_fixed(std::string& out, bool is_https) const {
  out.append("; Path=").append(path_);
  if (!domain_.empty()) out.append("; Domain=").append(domain_);
  if (secure_ == Secure::always || (secure_ == Secure::with_https && is_https)) out += "; Secure";
  if (is_http_only_) out += "; HttpOnly";
  if (!same_site_.empty()) out.append("; SameSite=").append(same_site_);
  if (is_partitioned_) out += "; Partitioned";
}

void Attributes::write(std::string& out, std::string_view name, std::string_view value, bool is_https,
                       std::optional<std::chrono::seconds> remaining) const {
  out.assign(name).append("=").append(value);
  if (max_age_)
    out.append("; Max-Age=")
        .append(std::to_string(std::min(*max_age_, remaining.value_or(*max_age_)).count()));
  append_fixed(out, is_https);
}

void Attributes::write_end(std::string& out, std::string_view name, bool is_https) const {
  out.assign(name).append("=; Max-Age=0");
  append_fixed(out, is_https);
}

}  // namespace sticky_cookie
