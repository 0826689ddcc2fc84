#include "visits.h"

#include <stdexcept>
#include <utility>

namespace sticky_cookie {
namespace {

// As many as exchanges of a worker are ever open at once; freed with the thread.
struct Store {
  Visit* first = nullptr;
  ~Store() {
    while (first)
      delete std::exchange(first, first->next);
  }
};
thread_local Store store;

void give_back(void* value) {
  auto* first = static_cast<Visit*>(value);
  auto* last = first;
  while (last->next)
    last = last->next;
  last->next = std::exchange(store.first, first);
}

}  // namespace

Visits::Visits()
    : slot_(sluice::detail::exchange_api().slot(sluice::detail::host, "sticky_cookie/visits", give_back)) {
  if (slot_ < 0) throw std::runtime_error("all slots for plugins are taken; use fewer plugins");
}

Visit* Visits::of(sluice::Exchange ex) const {
  return static_cast<Visit*>(sluice::detail::exchange_api().slot_get(ex.raw(), slot_));
}

Visit* Visits::of(sluice::Exchange ex, const void* use) const {
  auto* visit = of(ex);
  while (visit && visit->use != use)
    visit = visit->next;
  return visit;
}

bool Visits::is_taken(sluice::Exchange ex, const void* use, std::string_view name) const {
  for (const auto* visit = of(ex); visit; visit = visit->next)
    if (visit->use != use && visit->name == name) return true;
  return false;
}

Visit& Visits::add(sluice::Exchange ex, const void* use, std::string_view name) const {
  auto* visit = store.first ? std::exchange(store.first, store.first->next) : new Visit;
  *visit = {.use = use, .name = name, .next = of(ex)};
  sluice::detail::exchange_api().slot_set(ex.raw(), slot_, visit);
  return *visit;
}

}  // namespace sticky_cookie
