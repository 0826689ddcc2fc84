// DNS answers: any bytes give an answer or an error without a read outside of them, and an answer makes endpoints whose weights,
// priorities and order are as promised.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <vector>

#include "upstream/discovery/dns_answer.h"
#include "upstream/discovery/dns_found.h"

namespace {

using namespace sluice;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_services(const DnsAnswer& answer) {
  std::vector<DnsTarget> targets;
  for (const auto& service : answer.services) {
    DnsTarget target{service, {}};
    for (const auto& glue : answer.glue)
      if (target.addresses.size() < 8) target.addresses.push_back(glue.ip);
    targets.push_back(std::move(target));
  }
  DnsQuery query;
  query.kind = DnsQuery::Kind::service;
  const auto found = found_of(query, targets);
  std::set<std::string> addresses;
  std::uint32_t before = 0;
  for (const auto& each : found) {
    require(each.weight > 0 && each.priority >= before && each.priority < targets.size());
    require(addresses.insert(each.address.text()).second);
    before = each.priority;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of its own, so that a read behind its end is seen.
  const std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[size]);
  std::copy(data, data + size, bytes.get());
  for (const auto type : {DnsType::a, DnsType::aaaa, DnsType::srv}) {
    const auto answer = parse_dns_answer({bytes.get(), size}, type);
    if (!answer) {
      require(!answer.error().empty());
      continue;
    }
    require(size >= 12 && answer->ttl <= 0x7fffffff);
    require(answer->addresses.size() * 14 <= size && answer->services.size() * 17 <= size);
    require(type == DnsType::srv ? answer->addresses.empty()
                                 : answer->services.empty() && answer->glue.empty());
    if (answer->services.size() <= 64) check_services(*answer);
  }
  return 0;
}
