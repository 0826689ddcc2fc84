// One loaded plugin file: its descriptor, checked and brought to this host's size. Never unloaded; loaded once, but for one that
// nobody used for a while and whose slots others have taken meanwhile (slots.h): it is loaded anew.
//
//   file -> bytes -> [same bytes loaded before? that one] -> private copy -> dlopen -> sluice_plugin_entry -> checks
//
// Made on the configuration thread; then read-only, for any thread, for the life of the process.
#pragma once

#include <sluice/abi.h>
#include <sluice/hooks.h>

#include <expected>
#include <map>
#include <memory>
#include <string>

#include "config/fingerprint.h"
#include "config/plugin_keys.h"
#include "plugin/host.h"

namespace sluice {

class Library {
 public:
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // The plugin's own text, member by member as this host knows them: what an older plugin lacks is null or false.
  const sluice_plugin& plugin() const { return plugin_; }
  const sluice_hooks& hooks() const { return hooks_; }
  std::string_view name() const { return plugin_.name; }
  std::string_view version() const { return plugin_.version ? plugin_.version : ""; }
  const std::string& file() const { return file_; }
  // What is not wrong and still not right, for the log; empty: nothing.
  const std::string& warning() const { return warning_; }
  const config::Fingerprint& fingerprint() const { return fingerprint_; }
  const config::PluginKeys& keys() const { return keys_; }
  const config::PluginKeys& route_keys() const { return route_keys_; }
  // For Slots::Scope.
  const void* slot_owner() const { return handle_; }

 private:
  friend class Libraries;
  Library() = default;

  std::string file_;
  std::string warning_;
  void* handle_ = nullptr;
  config::Fingerprint fingerprint_;
  sluice_plugin plugin_{};
  sluice_hooks hooks_{};
  config::PluginKeys keys_;
  config::PluginKeys route_keys_;
};

// All that were loaded, by content: an unchanged file is not loaded twice, whatever it is called.
class Libraries {
 public:
  // `host` outlives every plugin's code, so it lives as long as the process.
  explicit Libraries(const Host& host) : host_(host) {}

  // While one that was returned lives, its slots are its own: hold it as long as its code may run. The error is one sentence
  // that names the file, what is wrong and what to do.
  std::expected<std::shared_ptr<const Library>, std::string> load(const std::string& file);

 private:
  struct Loaded {
    void* handle = nullptr;
    std::shared_ptr<const Library> library;
    std::weak_ptr<const Library> lease;  // what load() gave out
  };

  std::expected<std::shared_ptr<Library>, std::string> describe(const std::string& file, void* handle);
  std::shared_ptr<const Library> lease(Loaded& loaded);

  const Host& host_;
  // By fingerprint and size. A file that loads and then refuses is kept open too: its next try loads no new copy.
  std::map<std::string, Loaded> loaded_;
};

}  // namespace sluice
