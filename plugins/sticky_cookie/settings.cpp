#include "settings.h"

#include <sodium.h>

#include <array>
#include <initializer_list>

#include "key_texts.h"
#include "words.h"

namespace sticky_cookie {
namespace {

constexpr std::string_view kPlaceholder = "{upstream}";
constexpr std::string_view kModes[] = {"insert", "header", "learn", "hash"};
constexpr std::string_view kOnDown[] = {"repin", "fail"};
constexpr std::string_view kOnFull[] = {"exceed", "elsewhere"};

class Reader {
 public:
  explicit Reader(const sluice::Create& create) : create_(create), config_(create.config()) {}

  Settings read() {
    out_.mode = static_cast<Mode>(choice(config_, "mode", kModes, problems_));
    refuse_strangers();
    read_name();
    if (out_.mode == Mode::insert) out_.attributes = Attributes::read(config_, out_.name, problems_);
    if (out_.mode != Mode::hash) read_sessions();
    out_.strips = flag("strip");
    out_.marks_private = flag("mark_private");
    problems_.raise();
    return std::move(out_);
  }

 private:
  // Keys that this mode has no use for: whoever writes one expects something of it.
  void refuse_strangers() {
    const auto mode = kModes[static_cast<std::size_t>(out_.mode)];
    const auto only = [&](bool is_fitting, std::initializer_list<std::string_view> keys) {
      for (const auto key : keys)
        if (!is_fitting && config_[key])
          problems_.add(config_[key],
                        std::string(key) + " has no meaning with mode " + in_quotes(mode) + "; take it away");
    };
    only(out_.mode == Mode::insert,
         {"path", "domain", "secure", "http_only", "same_site", "partitioned", "max_age"});
    only(out_.mode == Mode::header, {"header"});
    only(out_.mode != Mode::header, {"cookie"});
    only(out_.mode == Mode::insert || out_.mode == Mode::header, {"strip", "mark_private", "idle"});
    only(out_.mode != Mode::hash, {"key", "keys", "key_file", "lifetime", "on_down", "on_full"});
  }

  void read_name() {
    const auto key = out_.mode == Mode::header ? "header" : "cookie";
    const auto node = config_[key];
    if (node)
      out_.name = node.as_string();
    else if (out_.mode == Mode::header)
      out_.name = "X-Sticky";
    else if (out_.mode == Mode::insert)
      out_.name = "sluice_sticky_{upstream}";
    else
      problems_.add(config_, "cookie is missing: the name of the application's");
    const bool is_given = static_cast<bool>(node);
    if (is_given && !is_token(out_.mode == Mode::insert ? name_for(out_.name, "") : out_.name))
      problems_.add(node, std::string(key) + " " + in_quotes(out_.name) + " is no name of a " + key);
    // The sessions of two upstreams would overwrite each other.
    if (is_given && out_.mode == Mode::insert && !create_.place().starts_with("upstream ") &&
        out_.name.find(kPlaceholder) == std::string::npos)
      problems_.add(node, "cookie " + in_quotes(out_.name) +
                              " would be that of all upstreams; write {upstream} into it, or put the plugin "
                              "into an [[upstream]]");
  }

  void read_sessions() {
    const auto texts = read_key_texts(config_, problems_);
    if (texts.empty()) {
      out_.keys = KeyRing::of_process();
      if (!config_["key"] && !config_["keys"] && !config_["key_file"])
        sluice::log(SLUICE_WARN, std::string(create_.place()) +
                                     ": no key is configured, so a random one is made; other gateways, and "
                                     "this one after a restart, will not know the sessions");
    } else {
      out_.keys = KeyRing(texts);
    }
    out_.lifetime = seconds(config_, "lifetime", problems_);
    out_.idle = seconds(config_, "idle", problems_);
    if (out_.lifetime && out_.idle && *out_.idle > *out_.lifetime)
      problems_.add(config_["idle"], "idle is longer than lifetime, and so without meaning");
    out_.on_down = static_cast<OnDown>(choice(config_, "on_down", kOnDown, problems_));
    out_.on_full = static_cast<OnFull>(choice(config_, "on_full", kOnFull, problems_));
  }

  bool flag(std::string_view key) {
    const auto node = config_[key];
    return !node || node.as_bool();
  }

  const sluice::Create& create_;
  sluice::Config config_;
  Settings out_;
  Problems problems_;
};

}  // namespace

Settings read_settings(const sluice::Create& create) { return Reader(create).read(); }

std::string name_for(std::string_view name, std::string_view upstream) {
  const auto at = name.find(kPlaceholder);
  if (at == std::string_view::npos) return std::string(name);
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(upstream.data()),
                     upstream.size(), nullptr, 0);
  std::array<char, 9> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), 4);
  return std::string(name.substr(0, at)) + hex.data() + std::string(name.substr(at + kPlaceholder.size()));
}

}  // namespace sticky_cookie
