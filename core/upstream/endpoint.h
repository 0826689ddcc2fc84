// One address of an upstream group: one object per process, shared by all workers and by the snapshots that name it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/address.h"

namespace sluice {

class Endpoint {
 public:
  // `text`: "ip:port", "name:port" or "unix:/path" (checked by the configuration). Literals are resolved at once.
  Endpoint(std::string group, std::string text);

  const std::string& group() const { return group_; }
  const std::string& text() const { return text_; }
  // What to resolve; empty for literals.
  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }

  // Where to connect next: its addresses in turn; nothing while it has none. [any-thread]
  std::optional<Address> next_address();
  std::size_t address_count() const {
    auto list = addresses_.load(std::memory_order_acquire);
    return list == nullptr ? 0 : list->size();
  }
  bool has_address() const { return resolved_.load(std::memory_order_acquire); }
  // The resolver's answer; an empty one is ignored, so that the last good set stays. [any-thread]
  void set_addresses(std::vector<Address> addresses);

  // Exchanges now at it, of the whole process.
  std::atomic<std::uint32_t> in_flight{0};

 private:
  using List = std::vector<Address>;
  std::string group_;
  std::string text_;
  std::string host_;
  std::uint16_t port_ = 0;
  std::atomic<std::shared_ptr<const List>> addresses_;
  std::atomic<bool> resolved_{false};
  std::atomic<std::uint32_t> turn_{0};
};

}  // namespace sluice
