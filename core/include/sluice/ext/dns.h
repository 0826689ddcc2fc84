/* Ability "sluice.dns/1": addresses of a name, by the gateway's own resolver (never blocks; the hosts file first, then DNS). */
#ifndef SLUICE_EXT_DNS_H
#define SLUICE_EXT_DNS_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_DNS "sluice.dns/1"

typedef struct sluice_dns_query sluice_dns_query;

typedef enum sluice_dns_family {
  SLUICE_DNS_ANY = 0, /* A and AAAA */
  SLUICE_DNS_IPV4 = 4,
  SLUICE_DNS_IPV6 = 6
} sluice_dns_family;

/* Valid inside the call only. */
typedef struct sluice_dns_answer {
  size_t size; /* as the host knows it */
  sluice_str
      error; /* absent: at least one address came. Else what failed, in words ("NXDOMAIN", "timeout" ...) */
  const sluice_str* addresses; /* "192.0.2.1", "2001:db8::1" */
  size_t count;
  uint32_t ttl_seconds; /* the least of the records; 0 for names from the hosts file */
} sluice_dns_answer;

typedef struct sluice_dns_api {
  size_t size;
  /* Look up `name` (a host name, or an address, which is its own answer). `fn` runs once on this thread, never inside this call, unless
   * cancelled. Answers are kept for their TTL by the host. `timeout_ms`: 0 takes the resolver's own.
   * SLUICE_INVALID: no host name; SLUICE_TOO_LARGE: 1024 under way on this worker; SLUICE_ENDED: the worker ends. [loop] */
  sluice_status (*lookup)(sluice_worker* worker, const char* name, size_t name_size, sluice_dns_family family,
                          uint64_t timeout_ms, void (*fn)(const sluice_dns_answer* answer, void* user),
                          void* user, sluice_dns_query** out);
  /* `fn` never runs. [loop] */
  void (*cancel)(sluice_dns_query* query);
} sluice_dns_api;

#ifdef __cplusplus
}
#endif

#endif
