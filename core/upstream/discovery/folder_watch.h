// Tells that something has changed in a folder, by inotify: how it changed is for the caller to find out. [loop]
#pragma once

#include <memory>
#include <string>

#include "net/loop.h"
#include "upstream/discovery/hosts_file.h"

namespace sluice {

class FolderWatch {
 public:
  // `changed(arg, name)` in a turn, for each event; `name` of the entry, or null where the system does not say.
  FolderWatch(Loop& loop, void (*changed)(void*, const char*), void* arg);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Watches this folder from now on, if it does not already; another one that has taken its name is another. Empty: none.
  // A folder that cannot be watched is tried again at the next call.
  void follow(const std::string& folder);

 private:
  struct Handle;
  void close();

  Loop& loop_;
  void (*changed_)(void*, const char*);
  void* arg_;
  std::string folder_;
  std::uint64_t device_ = 0, inode_ = 0;
  Handle* handle_ = nullptr;
};

}  // namespace sluice
