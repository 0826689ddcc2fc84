#include "marks.h"

#include <stdexcept>
#include <utility>

namespace api_version {
namespace {

// As many as exchanges of a worker are ever open at once; freed with the thread.
struct Store {
  Mark* first = nullptr;
  ~Store() {
    while (first)
      delete std::exchange(first, first->next);
  }
};
thread_local Store store;

void give_back(void* value) {
  auto* first = static_cast<Mark*>(value);
  auto* last = first;
  while (last->next)
    last = last->next;
  last->next = std::exchange(store.first, first);
}

}  // namespace

Marks::Marks()
    : slot_(sluice::detail::exchange_api().slot(sluice::detail::host, "api_version/marks", give_back)) {
  if (slot_ < 0) throw std::runtime_error("all slots for plugins are taken; use fewer plugins");
}

Mark* Marks::of(sluice::Exchange ex) const {
  return static_cast<Mark*>(sluice::detail::exchange_api().slot_get(ex.raw(), slot_));
}

void Marks::add(sluice::Exchange ex, const void* use, const Version* version,
                std::uint8_t sources_asked) const {
  auto* mark = store.first ? std::exchange(store.first, store.first->next) : new Mark;
  *mark = {use, version, sources_asked, of(ex)};
  sluice::detail::exchange_api().slot_set(ex.raw(), slot_, mark);
}

bool Marks::has_version(sluice::Exchange ex) const {
  for (const auto* mark = of(ex); mark; mark = mark->next)
    if (mark->version) return true;
  return false;
}

}  // namespace api_version
