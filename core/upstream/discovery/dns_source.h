// A name that is watched: looked up, told, looked up again when its TTL is over or, after a failure, when the back-off is. [loop]
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/timer.h"
#include "upstream/discovery/dns_lookup.h"

namespace sluice {

class DnsSource final : public Source {
 public:
  using GetChannel =
      std::function<std::shared_ptr<DnsChannel>()>;  // of now: it is another after a change of resolv.conf
  // Settings, hosts and sink outlive the source.
  DnsSource(Loop& loop, const DnsSettings& settings, HostsFile& hosts, GetChannel channel, DnsQuery query,
            SourceSink& sink);
  ~DnsSource() override;
  Status status() const override { return status_; }

 private:
  enum class State : std::uint8_t { unknown, good, partial, failed, unavailable };
  void start();
  void tell_early();
  void take();
  void fail(const DnsFinding& finding);
  void turn_into(State state, std::string error);
  void next_in(std::chrono::milliseconds wait);
  void tell(std::vector<Found>&& found);

  Loop& loop_;
  const DnsSettings& settings_;
  HostsFile& hosts_;
  GetChannel channel_;
  DnsQuery query_;
  SourceSink& sink_;
  TimerList timers_;
  Timer* early_ = nullptr;
  std::shared_ptr<DnsLookup> lookup_;
  DnsMemory memory_;
  std::vector<Found> found_;
  bool has_told_ = false;
  State state_ = State::unknown;
  unsigned failures_ = 0;
  Status status_;
};

}  // namespace sluice
