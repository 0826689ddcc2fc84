// Stand-ins until health/ and discovery/ are merged. Not to be released.
#include "upstream/discovery/dns.h"
#include "upstream/discovery/endpoint_file.h"

#include <netdb.h>

namespace sluice {

bool Found::operator==(const Found& other) const { return address == other.address; }

struct Dns::Impl {
  Loop& loop;
  DnsSettings settings;
};
Dns::Dns(Loop& loop, DnsSettings settings) : impl_(new Impl{loop, settings}) {}
Dns::~Dns() = default;
const DnsSettings& Dns::settings() const { return impl_->settings; }
struct Once final : Source {
  Status status() const override { return {}; }
};
std::unique_ptr<Source> Dns::watch(DnsQuery query, SourceSink& sink) {
  auto source = std::make_unique<Once>();
  auto* raw = source.get();
  impl_->loop.post([query, &sink, raw] {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(query.name.c_str(), nullptr, &hints, &found) != 0) return;
    std::vector<Found> all;
    for (auto* at = found; at != nullptr; at = at->ai_next)
      all.push_back({Address::of(*Ip::of(at->ai_addr), query.port), query.name});
    freeaddrinfo(found);
    sink.on_found(*raw, all);
  });
  return source;
}
std::unique_ptr<Source> watch_endpoint_file(Loop&, std::filesystem::path, SourceSink&) {
  return std::make_unique<Once>();
}

}  // namespace sluice
