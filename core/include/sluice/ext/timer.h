/* Ability "sluice.timer/1": timers on the worker's loop, and the clocks. */
#ifndef SLUICE_EXT_TIMER_H
#define SLUICE_EXT_TIMER_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_TIMER "sluice.timer/1"

typedef struct sluice_timer sluice_timer;

typedef struct sluice_timer_api {
  size_t size;
  /* Call `fn(user)` once on this worker's thread after `milliseconds` (0: in the next turn of the loop; at most 2^31).
   * The timer belongs to the exchange's snapshot on this worker, not to the exchange: cancel it in a slot's free function if
   * it must not outlive it. The host itself cancels what is left when the snapshot has no exchange and no token any more,
   * before destroy_worker() and destroy(), and when the process ends; then `fn` never runs. The handle is dead once `fn` has
   * begun or it was cancelled by either. Null: out of memory. [worker's thread] */
  sluice_timer* (*after)(sluice_exchange* ex, uint64_t milliseconds, void (*fn)(void* user), void* user);
  /* Never calls `fn`. [worker's thread] */
  void (*cancel)(sluice_timer* timer);
  /* Monotonic microseconds; origin unspecified. [any-thread] */
  uint64_t (*monotonic_us)(void);
  /* Unix time in microseconds. [any-thread] */
  uint64_t (*unix_us)(void);
} sluice_timer_api;

#ifdef __cplusplus
}
#endif

#endif
