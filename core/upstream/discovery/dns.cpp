#include "upstream/discovery/dns.h"

#include "upstream/discovery/dns_channel.h"
#include "upstream/discovery/dns_source.h"
#include "upstream/discovery/hosts_file.h"

namespace sluice {

struct Dns::Impl {
  Impl(Loop& on, DnsSettings given) : loop(on), settings(std::move(given)), hosts(settings.hosts_file) {}

  // Lookups that are under way keep the channel on which they asked.
  std::shared_ptr<DnsChannel> channel() {
    const auto now = FileMark::of(settings.resolv_conf);
    if (current == nullptr || now != mark) current = std::make_shared<DnsChannel>(loop, settings);
    mark = now;
    return current;
  }

  Loop& loop;
  const DnsSettings settings;
  HostsFile hosts;
  FileMark mark;  // of resolv.conf, as `current` has read it
  std::shared_ptr<DnsChannel> current;
};

Dns::Dns(Loop& loop, DnsSettings settings) : impl_(std::make_unique<Impl>(loop, std::move(settings))) {}
Dns::~Dns() = default;
const DnsSettings& Dns::settings() const { return impl_->settings; }

std::unique_ptr<Source> Dns::watch(DnsQuery query, SourceSink& sink) {
  auto& impl = *impl_;
  return std::make_unique<DnsSource>(
      impl.loop, impl.settings, impl.hosts, [&impl] { return impl.channel(); }, std::move(query), sink);
}

}  // namespace sluice
