#include "upstream/endpoint.h"

#include "base/ascii.h"

namespace sluice {

Endpoint::Endpoint(std::string group, std::string text) : group_(std::move(group)), text_(std::move(text)) {
  if (auto literal = Address::parse(text_)) {
    set_addresses({*literal});
    return;
  }
  const auto colon = text_.rfind(':');
  host_ = text_.substr(0, colon);
  if (colon != std::string::npos)
    port_ =
        static_cast<std::uint16_t>(ascii::to_number(std::string_view(text_).substr(colon + 1)).value_or(0));
}

std::optional<Address> Endpoint::next_address() {
  auto list = addresses_.load(std::memory_order_acquire);
  if (list == nullptr || list->empty()) return {};
  if (list->size() == 1) return list->front();
  return (*list)[turn_.fetch_add(1, std::memory_order_relaxed) % list->size()];
}

void Endpoint::set_addresses(std::vector<Address> addresses) {
  if (addresses.empty()) return;
  addresses_.store(std::make_shared<const List>(std::move(addresses)), std::memory_order_release);
  resolved_.store(true, std::memory_order_release);
}

}  // namespace sluice
