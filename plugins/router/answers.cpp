#include "answers.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace sluice::router {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::size_t kMostBody = 1 << 20;  // bytes of a body_file: it stays in memory for each snapshot

bool is_host(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; }) &&
         text.find_first_of("/?#@\\") == std::string_view::npos;
}

// Host and port of "host", "host:port", "[::1]:port"; port is empty when there is none.
std::pair<std::string_view, std::string_view> cut_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos)
    return {authority, {}};
  return {authority.substr(0, colon), authority.substr(colon + 1)};
}

}  // namespace

sluice_verdict refuse(sluice_exchange* ex, std::string_view why) {
  note(ex, "router", "refused: " + std::string(why));
  const auto body = std::string(why) + "\n";
  const bool answered =
      host().exchange->respond(ex, 400, kText.data(), kText.size(), body.data(), body.size()) == SLUICE_OK;
  return answered ? SLUICE_RESPOND : fail(ex, why);
}

bool Redirect::set_scheme(const Node& node, std::string_view text) {
  if (text != "http" && text != "https") {
    node.problem("scheme " + in_quotes(text) + " is neither \"http\" nor \"https\"");
    return false;
  }
  scheme_ = text;
  return true;
}

bool Redirect::set_authority(const Node& node, std::string_view text) {
  const auto [host, port] = cut_port(text);
  if (!is_host(host)) {
    node.problem("host " + in_quotes(text) + " is no host name");
    return false;
  }
  host_ = host;
  if (port.empty()) return true;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), port_);
  if (error == std::errc() && end == port.data() + port.size() && port_ >= 1 && port_ <= 65535) return true;
  node.problem("port " + in_quotes(port) + " is not 1 to 65535");
  return false;
}

bool Redirect::set_path(const Node& node, std::string_view text,
                        const std::vector<const Pattern*>& patterns) {
  path_ = Template::read(node, text, patterns);
  return path_.has_value();
}

bool Redirect::read_url(const Node& node, std::string_view url, const std::vector<const Pattern*>& patterns) {
  if (url.starts_with('/')) return set_path(node, url, patterns);
  const auto mark = url.find("://");
  if (mark == std::string_view::npos) {
    node.problem("redirect " + in_quotes(url) +
                 " begins with neither \"/\" nor \"http://\" nor \"https://\"");
    return false;
  }
  if (!set_scheme(node, url.substr(0, mark))) return false;
  const auto rest = url.substr(mark + 3);
  const auto slash = rest.find('/');
  return set_authority(node, rest.substr(0, slash)) &&
         set_path(node, slash == std::string_view::npos ? "/" : rest.substr(slash), patterns);
}

bool Redirect::read_table(const Node& node, const std::vector<const Pattern*>& patterns) {
  bool ok = node.has_only("status scheme host port path query");
  const auto with_text = [&](std::string_view key, auto use) {
    const auto value = node.get(key);
    if (!value) return;
    if (const auto text = value.text())
      ok = use(value, *text) && ok;
    else
      value.problem(in_quotes(key) + " is a string"), ok = false;
  };
  with_text("scheme", [&](const Node& at, std::string_view text) { return set_scheme(at, text); });
  with_text("host", [&](const Node& at, std::string_view text) { return set_authority(at, text); });
  with_text("path", [&](const Node& at, std::string_view text) { return set_path(at, text, patterns); });
  with_text("query", [&](const Node& at, std::string_view text) {
    keep_query_ = text == "keep";
    if (!keep_query_ && text != "drop")
      at.problem("query " + in_quotes(text) + " is neither \"keep\" nor \"drop\"");
    return keep_query_ || text == "drop";
  });
  if (const auto port = node.get("port")) {
    port_ = port.integer().value_or(0);
    if (port_ < 1 || port_ > 65535) port.problem("port is a number from 1 to 65535"), ok = false;
  }
  if (const auto status = node.get("status")) {
    static constexpr std::int64_t known[] = {301, 302, 303, 307, 308};
    status_ = static_cast<std::int32_t>(status.integer().value_or(0));
    if (std::ranges::find(known, status_) == std::end(known))
      status.problem("status of a redirect is 301, 302, 303, 307 or 308"), ok = false;
  }
  if (ok && scheme_.empty() && host_.empty() && port_ == 0 && !path_) {
    node.problem("redirect goes nowhere; give it scheme, host, port or path");
    ok = false;
  }
  return ok;
}

std::optional<Redirect> Redirect::read(const Node& node, const std::vector<const Pattern*>& patterns) {
  Redirect out;
  bool ok = false;
  if (const auto url = node.text())
    ok = out.read_url(node, *url, patterns);
  else if (node.is_table())
    ok = out.read_table(node, patterns);
  else
    node.problem("redirect is a URL or path, or a table of status, scheme, host, port, path, query");
  return ok ? std::optional(std::move(out)) : std::nullopt;
}

void Redirect::write_authority(Request& request, std::string& out) const {
  out += scheme_.empty() ? request.scheme() : std::string_view(scheme_);
  out += "://";
  out += host_.empty() ? request.host() : std::string_view(host_);
  if (port_ != 0) {
    out += ':';
    out += std::to_string(port_);
  } else if (scheme_.empty()) {
    // As the Gateway API has it: a given scheme means its usual port, else the port stays.
    const auto port = cut_port(field(request.exchange(), SLUICE_AUTHORITY).value_or("")).second;
    if (!port.empty()) (out += ':') += port;
  }
}

sluice_verdict Redirect::respond(Request& request, const Captures& captures, std::string& buffer) const {
  buffer.clear();
  // With nothing else changed the Location stays relative, and right behind whatever stands in front of the gateway.
  const bool absolute = !scheme_.empty() || !host_.empty() || port_ != 0;
  auto* ex = request.exchange();
  // HTTP/1.0 allows a request without Host, and there is nowhere to redirect it to.
  if (absolute && host_.empty() && request.host().empty()) return refuse(ex, "the request has no Host");
  if (absolute) write_authority(request, buffer);
  if (path_ && !path_->path(captures, buffer)) return refuse(ex, Template::kDotSegment);
  if (!path_) buffer += request.path().starts_with('/') ? request.path() : std::string_view("/");
  const bool own_query = path_ && path_->has_query();
  if (own_query) {
    buffer += '?';
    path_->query(captures, buffer);
  }
  if (keep_query_ && field(ex, SLUICE_QUERY) && !(own_query && request.query().empty())) {
    buffer += own_query ? '&' : '?';
    buffer += request.query();
  }
  constexpr std::string_view location = "Location";
  const auto& exchange = *router::host().exchange;
  const bool answered = exchange.respond(ex, status_, nullptr, 0, nullptr, 0) == SLUICE_OK &&
                        exchange.header_set(ex, SLUICE_RESPONSE_HEADERS, location.data(), location.size(),
                                            buffer.data(), buffer.size()) == SLUICE_OK;
  return answered ? SLUICE_RESPOND : fail(ex, "redirect to " + in_quotes(buffer) + " was refused");
}

bool Fixed::set_status(const Node& node, std::int64_t status) {
  status_ = static_cast<std::int32_t>(status);
  if (status >= 200 && status <= 599) return true;
  node.problem("status " + std::to_string(status) + " is not 200 to 599");
  return false;
}

bool Fixed::read_table(const Node& node) {
  bool ok = node.has_only("status body body_file content_type");
  const auto text = [&](std::string_view key) {
    const auto value = node.get(key);
    if (value && !value.text()) value.problem(in_quotes(key) + " is a string"), ok = false;
    return value ? value.text() : std::nullopt;
  };
  const auto body = text("body");
  const auto file = text("body_file");
  const auto type = text("content_type");
  if (const auto status = node.get("status")) ok = set_status(status, status.integer().value_or(0)) && ok;
  if (body && file) node.problem("has both body and body_file; give one"), ok = false;
  if (body) body_ = *body;
  if (file && ok) {
    std::ifstream in(std::string(node.get("body_file").path()), std::ios::binary);
    body_.resize(kMostBody + 1);
    in.read(body_.data(), static_cast<std::streamsize>(body_.size()));
    body_.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    const bool read = in.eof();
    if (!read || body_.size() > kMostBody)
      node.get("body_file")
          .problem("body_file " + in_quotes(*file) + (read ? " is over 1 MiB" : " cannot be read")),
          ok = false;
  }
  content_type_ = type.value_or(body_.empty() ? "" : kText);
  return ok;
}

std::optional<Fixed> Fixed::read(const Node& node) {
  Fixed out;
  bool ok = true;
  if (const auto status = node.integer()) {
    ok = out.set_status(node, *status);
  } else if (const auto body = node.text()) {
    out.body_ = *body;
    out.content_type_ = kText;
  } else if (node.is_table()) {
    ok = out.read_table(node);
  } else {
    node.problem("respond is a status, a body, or a table of status, body, body_file, content_type");
    ok = false;
  }
  return ok ? std::optional(std::move(out)) : std::nullopt;
}

bool Fixed::respond(sluice_exchange* ex) const {
  return host().exchange->respond(ex, status_, content_type_.data(), content_type_.size(), body_.data(),
                                  body_.size()) == SLUICE_OK;
}

}  // namespace sluice::router
