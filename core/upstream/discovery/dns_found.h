// What a lookup has learnt, made into endpoints: weights, priorities, order, no doubles. Pure functions. [any-thread]
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "upstream/discovery/dns.h"
#include "upstream/discovery/dns_answer.h"

namespace sluice {

// One name with a port, and the addresses that it has now. Of an address query: one, whose service holds only the port.
struct DnsTarget {
  DnsService service;
  std::vector<Ip> addresses;
};

// Of a service query (RFC 2782):
// - priorities are numbered from the query's in their order: 10, 20, 20, 30 become p, p + 1, p + 1, p + 2;
// - a target with several addresses shares its weight among them, so that it gets what it is due and not more;
// - where all weights of a priority are 0 they count as 1 each; where only some are, those get the least share there is.
// To that end, and only then, the weights of that priority are given in hundredths.
// Sorted by priority and address. Of two with the same address the one with the lower priority stays, then the larger weight.
std::vector<Found> found_of(const DnsQuery& query, const std::vector<DnsTarget>& targets);

// When to ask again after an answer that is good for `ttl_seconds`.
std::chrono::milliseconds kept_for(const DnsSettings& settings, std::uint32_t ttl_seconds);
// When to ask again after the `failures`th failure in a row (from 1).
std::chrono::milliseconds retry_after(const DnsSettings& settings, unsigned failures);

}  // namespace sluice
