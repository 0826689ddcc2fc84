// The configuration of one use, read and checked whole.
//
// Made at create time; read-only then and shared by the workers.
#pragma once

#include <sluice/plugin.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "key_ring.h"
#include "set_cookie.h"

namespace sticky_cookie {

// Where the token is: in a cookie of its own, in a header, behind the application's cookie, or nowhere: the value is hashed.
enum class Mode { insert, header, learn, hash };
enum class OnDown { repin, fail };
enum class OnFull { exceed, elsewhere };

struct Settings {
  Mode mode = Mode::insert;
  std::string name;  // of the cookie or header; "{upstream}" stands for a hash of the upstream's name
  std::optional<KeyRing> keys;  // none with Mode::hash
  Attributes attributes;        // of Mode::insert
  std::optional<std::chrono::seconds> lifetime;
  std::optional<std::chrono::seconds> idle;
  OnDown on_down = OnDown::repin;
  OnFull on_full = OnFull::exceed;
  bool strips = true;
  bool marks_private = true;
};

std::span<const sluice_key> keys();
// Throws sluice::ConfigError with the last of its problems after having reported the others.
Settings read_settings(const sluice::Create& create);

// `name` with the hash of the upstream's name in the place of "{upstream}": the same on every gateway.
std::string name_for(std::string_view name, std::string_view upstream);

}  // namespace sticky_cookie
