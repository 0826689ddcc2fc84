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
  bool usable;        /* false: down, unresolved, or tried before in this exchange */
  bool tried;         /* an earlier attempt of this exchange went there */
} sluice_endpoint_view;

typedef struct sluice_balance_api {
  size_t size;
  /* Endpoints in the group that was chosen; 0 when none was. */
  size_t (*count)(sluice_exchange* ex);
  sluice_status (*view)(sluice_exchange* ex, size_t index, sluice_endpoint_view* out);
  /* Use this endpoint for the coming attempt. In on_balance; else SLUICE_WRONG_PHASE. Without a pick the group's own
   * algorithm decides. */
  sluice_status (*pick)(sluice_exchange* ex, size_t index);
} sluice_balance_api;

#ifdef __cplusplus
}
#endif

#endif
