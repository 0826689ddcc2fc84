/* Ability "sluice.worker/1": work of a plugin that belongs to no exchange, on the worker's own thread.
 *
 *   sluice_plugin.start(self, worker)  or  of(ex)  ->  worker
 *   after(worker, ms, fn)         once, on this thread
 *   post(worker, fn)              once, on this thread, called from any thread
 *   hold(worker) ... release()    the snapshot stays in use in between
 *
 * Timers do not keep a snapshot in use: when it goes out of use they are cancelled without a word, before destroy_worker(). Whoever
 * must finish takes a hold. When the process ends, the host waits for holds as it waits for tokens (abi.h): one second. */
#ifndef SLUICE_EXT_WORKER_H
#define SLUICE_EXT_WORKER_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_WORKER "sluice.worker/1"

/* A pending timer of after(). */
typedef struct sluice_worker_timer sluice_worker_timer;

typedef struct sluice_worker_api {
  size_t size;
  /* The snapshot and worker of this exchange. Never null. Inside a hook, or while the plugin holds the exchange paused. [loop] */
  sluice_worker* (*of)(sluice_exchange* ex);
  /* 0 .. workers-1. [loop] */
  uint32_t (*index)(const sluice_worker* worker);
  /* Call `fn(user)` once, `milliseconds` from now (0: in the next pass of the loop; at most 2^31). The handle is dead once `fn` has
   * begun, it was cancelled, or the snapshot has gone out of use. Null: no memory, or the worker ends. [loop] */
  sluice_worker_timer* (*after)(sluice_worker* worker, uint64_t milliseconds, void (*fn)(void* user),
                                void* user);
  /* Never calls `fn`. [loop] */
  void (*cancel)(sluice_worker_timer* timer);
  /* Keep the snapshot in use until as many release() calls. False: the worker ends, nothing is held. [loop] */
  bool (*hold)(sluice_worker* worker);
  void (*release)(sluice_worker* worker);
  /* Call `fn(user)` on the worker's thread soon. Only while the caller knows that the snapshot is in use (a hold, a token).
   * False: the worker has ended; `fn` will not run. [any-thread] */
  bool (*post)(sluice_worker* worker, void (*fn)(void* user), void* user);
} sluice_worker_api;

#ifdef __cplusplus
}
#endif

#endif
