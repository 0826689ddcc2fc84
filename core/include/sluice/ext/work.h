/* Ability "sluice.work/1": blocking work off the workers, on a small pool of threads that all plugins share (files, compression,
 * keys). */
#ifndef SLUICE_EXT_WORK_H
#define SLUICE_EXT_WORK_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_WORK "sluice.work/1"

/* Pieces of work waiting or running at once, per worker and snapshot. */
#define SLUICE_WORK_MOST 1024

typedef struct sluice_work_api {
  size_t size;
  /* Run `run(user)` on another thread, then `done(user)` on this worker's. Holds the snapshot in between (worker.h). Both run, once
   * each, unless a blocked thread is left behind at the end of the process. Neither may throw; `run` may use [any-thread] functions
   * of the host alone. SLUICE_TOO_LARGE: SLUICE_WORK_MOST are under way; SLUICE_ENDED: the worker ends. [loop] */
  sluice_status (*submit)(sluice_worker* worker, void (*run)(void* user), void (*done)(void* user),
                          void* user);
} sluice_work_api;

#ifdef __cplusplus
}
#endif

#endif
