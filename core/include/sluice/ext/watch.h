/* Ability "sluice.watch/1": readiness of a plugin's own descriptors on the worker's loop, so that any library with a non-blocking
 * socket can be driven from it.
 *
 * The descriptor stays the plugin's: it closes it after stop(). One watch a descriptor and worker. A watch keeps the snapshot in use
 * only through a hold of the plugin's own; what is left when the snapshot goes out of use is stopped without a word, before
 * destroy_worker(). All functions: [loop] */
#ifndef SLUICE_EXT_WATCH_H
#define SLUICE_EXT_WATCH_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_WATCH "sluice.watch/1"

typedef struct sluice_watch sluice_watch;

/* Bits. ERROR and HANGUP come unasked: then read or write, and take errno. */
typedef enum sluice_ready {
  SLUICE_READABLE = 1,
  SLUICE_WRITABLE = 2,
  SLUICE_FAILED = 4 /* the loop cannot watch this descriptor any more; stop() it */
} sluice_ready;

/* `ready`: sluice_ready bits. Level-triggered: called again while the state lasts. It may change(), stop(), or start others. */
typedef void (*sluice_watch_fn)(uint32_t ready, void* user);

typedef struct sluice_watch_api {
  size_t size;
  /* `fd`: a socket, pipe or other descriptor that epoll takes, non-blocking. `events`: bits; 0 is possible (paused). *out is the
   * handle, valid until stop(). SLUICE_INVALID: no such descriptor, a plain file, or watched on this worker already; SLUICE_ENDED: the
   * worker ends; SLUICE_UNAVAILABLE: no memory. */
  sluice_status (*start)(sluice_worker* worker, int fd, uint32_t events, sluice_watch_fn fn, void* user,
                         sluice_watch** out);
  void (*change)(sluice_watch* watch, uint32_t events);
  /* `fn` never runs again; the descriptor may be closed at once. */
  void (*stop)(sluice_watch* watch);
} sluice_watch_api;

#ifdef __cplusplus
}
#endif

#endif
