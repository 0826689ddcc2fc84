#include "upstream/discovery/folder_watch.h"

#include <utility>

namespace sluice {

// Freed by libuv's close; the watch may be gone by then.
struct FolderWatch::Handle {
  uv_fs_event_t uv;
  FolderWatch* watch;
};

FolderWatch::FolderWatch(Loop& loop, void (*changed)(void*, const char*), void* arg)
    : loop_(loop), changed_(changed), arg_(arg) {}
FolderWatch::~FolderWatch() { close(); }

void FolderWatch::close() {
  if (handle_ == nullptr) return;
  auto* handle = std::exchange(handle_, nullptr);
  handle->watch = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle->uv),
           [](uv_handle_t* done) { delete static_cast<Handle*>(done->data); });
}

void FolderWatch::follow(const std::string& folder) {
  const auto mark = folder.empty() ? FileMark{} : FileMark::of(folder);
  if (handle_ != nullptr && folder == folder_ && mark.inode == inode_ && mark.device == device_) return;
  close();
  if (mark.inode == 0) return;
  auto fresh = std::make_unique<Handle>();
  fresh->watch = this;
  if (uv_fs_event_init(loop_.uv(), &fresh->uv) != 0) return;
  handle_ = fresh.release();
  handle_->uv.data = handle_;
  const int status = uv_fs_event_start(
      &handle_->uv,
      [](uv_fs_event_t* uv, const char* name, int, int) {
        auto* watch = static_cast<Handle*>(uv->data)->watch;
        if (watch == nullptr) return;
        Turn turn(watch->loop_);
        watch->changed_(watch->arg_, name);
      },
      folder.c_str(), 0);
  if (status != 0) return close();
  folder_ = folder;
  device_ = mark.device;
  inode_ = mark.inode;
}

}  // namespace sluice
