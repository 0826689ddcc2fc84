/* Ability "sluice.balance/1": the endpoints of the chosen group, in on_balance. */
#ifndef SLUICE_EXT_BALANCE_H
#define SLUICE_EXT_BALANCE_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_BALANCE "sluice.balance/1"

typedef struct sluice_endpoint_view {
  size_t size;        /* sizeof(sluice_endpoint_view), set by the caller; only so many bytes are filled */
  sluice_str address; /* "ip:port", "name:port" or "unix:/path" as configured; until the exchange ends */
  uint32_t weight;
  uint32_t in_flight; /* exchanges now at it, of the whole process */
  bool usable;        /* false: it takes no new exchange (blocks, full), or was tried before in this one */
  bool tried;         /* an earlier attempt of this exchange went there */
  /* since 1.2 */
  uint32_t priority;      /* 0 first */
  uint32_t blocks;        /* SLUICE_BLOCK_*; 0: it may have new exchanges */
  uint32_t max_in_flight; /* 0: no limit */
  uint32_t latency_us;    /* peak EWMA of the times to its response heads; 0: nothing known */
  uint64_t id;            /* the same for the same upstream name and address in every process */
  sluice_str zone;        /* may be empty */
} sluice_endpoint_view;

/* Why an endpoint takes no new exchanges. */
#define SLUICE_BLOCK_FAILING 1u   /* active checks found it down */
#define SLUICE_BLOCK_WARMING 2u   /* active checks have not passed yet */
#define SLUICE_BLOCK_EJECTED 4u   /* its answers were bad */
#define SLUICE_BLOCK_DRAINING 8u  /* administrator: only sessions that were there before */
#define SLUICE_BLOCK_DISABLED 16u /* administrator: nothing */
#define SLUICE_BLOCK_GONE 32u     /* it has left the upstream since this exchange came to it */

typedef struct sluice_balance_api {
  size_t size;
  /* Endpoints in the group that was chosen; 0 when none was. */
  size_t (*count)(sluice_exchange* ex);
  sluice_status (*view)(sluice_exchange* ex, size_t index, sluice_endpoint_view* out);
  /* Use this endpoint for the coming attempt. In on_balance; else SLUICE_WRONG_PHASE. Without a pick the group's own
   * algorithm decides. One that is disabled or gone: SLUICE_INVALID. Other blocks and max_in_flight are the plugin's to look at: it
   * may pick a draining endpoint for an old session. */
  sluice_status (*pick)(sluice_exchange* ex, size_t index);

  /* ---- since 1.2 ---- */
  /* The endpoint with this id, whatever its state. SLUICE_NOT_FOUND: the upstream has none. In constant time. */
  sluice_status (*find)(sluice_exchange* ex, uint64_t id, size_t* index);
  /* The index of the current attempt's endpoint or, between attempts, of the latest. SLUICE_NOT_FOUND before the first. */
  sluice_status (*current)(sluice_exchange* ex, size_t* index);
  /* What consistent_hash and maglev hash, in place of `hash_on`: the same text, the same endpoint. Up to on_balance. */
  sluice_status (*hash)(sluice_exchange* ex, const char* key, size_t size);
  /* In on_response: let this response go and make another attempt, elsewhere if there is somebody else. It counts against
   * `attempts` and the retry budget. SLUICE_INVALID, and the response goes on: no attempt is left, the budget is used up, or the
   * request's body is not there any more. For a request that may not be sent twice it is the plugin that says it may. */
  sluice_status (*retry)(sluice_exchange* ex);
} sluice_balance_api;

#ifdef __cplusplus
}
#endif

#endif
