#include "upstream/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "net/timer.h"

namespace sluice {
namespace {

// After a failure: sooner than the usual refresh, so that a name that comes up is found; milliseconds.
constexpr std::chrono::milliseconds kRetry{1000};

}  // namespace

struct Resolver::Entry : std::enable_shared_from_this<Resolver::Entry> {
  Resolver* owner;  // null once dropped
  std::shared_ptr<Endpoint> endpoint;
  std::chrono::milliseconds refresh;
  Timer* timer = nullptr;
  int last_status = 0;
  bool asked_before = false;

  void drop() {
    owner = nullptr;
    if (timer != nullptr) std::exchange(timer, nullptr)->cancel();
  }

  void answered(int status, addrinfo* found) {
    std::vector<Address> addresses;
    for (addrinfo* at = found; at != nullptr; at = at->ai_next) {
      if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
      addresses.push_back(Address::of(*Ip::of(at->ai_addr), endpoint->port()));
    }
    uv_freeaddrinfo(found);
    if (owner == nullptr) return;
    if (status != last_status || !asked_before) {
      if (status != 0)
        log::warn("upstream {}: {} does not resolve: {}{}", endpoint->group(), endpoint->host(),
                  uv_strerror(status), endpoint->has_address() ? "; its last addresses stay" : "");
      else if (asked_before)
        log::info("upstream {}: {} resolves again", endpoint->group(), endpoint->host());
    }
    asked_before = true;
    last_status = status;
    endpoint->set_addresses(std::move(addresses));
    timer = Timer::start(
        owner->loop_, static_cast<std::uint64_t>((status == 0 ? refresh : std::min(refresh, kRetry)).count()),
        [](void* arg) {
          auto& entry = *static_cast<Entry*>(arg);
          entry.timer = nullptr;
          entry.owner->start(entry);
        },
        this);
  }
};

Resolver::~Resolver() {
  for (auto& entry : entries_)
    entry->drop();
}

void Resolver::watch(const std::vector<Wanted>& wanted) {
  std::vector<std::shared_ptr<Entry>> kept;
  for (auto& want : wanted) {
    if (want.endpoint->host().empty()) continue;
    auto old = std::ranges::find_if(
        entries_, [&want](auto& entry) { return entry != nullptr && entry->endpoint == want.endpoint; });
    if (old != entries_.end()) {
      (*old)->refresh = want.refresh;
      kept.push_back(std::move(*old));
      continue;
    }
    auto entry = std::make_shared<Entry>();
    entry->owner = this;
    entry->endpoint = want.endpoint;
    entry->refresh = want.refresh;
    kept.push_back(entry);
    start(*entry);
  }
  for (auto& entry : entries_)
    if (entry != nullptr) entry->drop();
  entries_ = std::move(kept);
}

void Resolver::start(Entry& entry) {
  struct Request {
    uv_getaddrinfo_t request;
    std::shared_ptr<Entry> entry;
  };
  auto* request = new Request{{}, entry.shared_from_this()};
  request->request.data = request;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  const int status = uv_getaddrinfo(
      loop_.uv(), &request->request,
      [](uv_getaddrinfo_t* done, int result, addrinfo* found) {
        std::unique_ptr<Request> held(static_cast<Request*>(done->data));
        held->entry->answered(result, found);
      },
      entry.endpoint->host().c_str(), nullptr, &hints);
  if (status != 0) {
    std::unique_ptr<Request> held(request);
    entry.answered(status, nullptr);
  }
}

}  // namespace sluice
