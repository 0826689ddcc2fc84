/* Ability "sluice.routes/1": the [[route]] tables, for plugins that route. */
#ifndef SLUICE_EXT_ROUTES_H
#define SLUICE_EXT_ROUTES_H

#include <sluice/abi.h>
#include <sluice/config.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_ROUTES "sluice.routes/1"

typedef struct sluice_routes_api {
  size_t size;
  /* Routes of the snapshot being created, in file order. Inside create() only. */
  size_t (*count)(const sluice_create* args);
  /* The whole table of route `index`: the host's keys and the plugin's `route_keys`. Valid until destroy(). */
  const sluice_config* (*config)(const sluice_create* args, size_t index);
  /* Its name: as configured or "route-N", N from 1. Valid until destroy(). */
  void (*name)(const sluice_create* args, size_t index, sluice_str* out);
  /* Choose the route, and with it its upstream (if it names one), timeouts and plugins. In on_request and on_route;
   * the last choice counts. `index` as above. SLUICE_NOT_FOUND: no such route. */
  sluice_status (*select)(sluice_exchange* ex, size_t index);
  /* Index of the chosen route, -1 while there is none. */
  int64_t (*selected)(sluice_exchange* ex);
  /* Upstream group by name, for keeping at create() time; -1 when not configured. */
  int64_t (*upstream_find)(const sluice_create* args, const char* name, size_t name_size);
  /* Choose the group by what upstream_find gave. Up to on_balance. */
  sluice_status (*upstream_select)(sluice_exchange* ex, int64_t upstream);
  /* Listener by name (SLUICE_LISTENER), so that a misspelt one can be reported at create() time; -1 when not configured. */
  int64_t (*listener_find)(const sluice_create* args, const char* name, size_t name_size);
  /* Send the exchange to this group in place of the one that routing comes to, for plugins that run before it: routing goes on
   * as ever, and the route's plugins, timeouts and limits hold. It counts once on_route is done, over every choice made until
   * then, if a route or a group was chosen or the configuration has no routes. In on_request and on_route; the last call
   * counts; -1 takes it back. SLUICE_NOT_FOUND: no such group. */
  sluice_status (*upstream_override)(sluice_exchange* ex, int64_t upstream);
} sluice_routes_api;

#ifdef __cplusplus
}
#endif

#endif
