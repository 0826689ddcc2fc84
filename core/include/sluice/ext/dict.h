/* Ability "sluice.dict/1": named dictionaries, one per process, that all workers, plugins and snapshots share. They outlive reloads and
 * end with the process.
 *
 * A value is a number, a text or a truth value; nothing is the absence of a key. Every call is atomic. Memory is bounded: what was
 * used longest ago goes first. An entry with a time to live is gone when it is over. All functions: [any-thread], none blocks for
 * longer than it takes to copy a value. */
#ifndef SLUICE_EXT_DICT_H
#define SLUICE_EXT_DICT_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_DICT "sluice.dict/1"

/* Bytes of a key; of a text, at most a quarter of the dictionary's memory. */
#define SLUICE_DICT_KEY_MOST 4096

typedef struct sluice_dict sluice_dict;

typedef enum sluice_dict_type {
  SLUICE_DICT_NONE = 0,
  SLUICE_DICT_BOOL = 1,
  SLUICE_DICT_NUMBER = 2,
  SLUICE_DICT_TEXT = 3
} sluice_dict_type;

typedef struct sluice_dict_value {
  size_t size; /* sizeof(sluice_dict_value) */
  sluice_dict_type type;
  bool truth;
  double number;   /* whole numbers are exact up to 2^53 */
  sluice_str text; /* in: copied. Out: valid until the next call of this thread on any dictionary */
} sluice_dict_value;

typedef struct sluice_dict_stats {
  size_t size;
  uint64_t entries, bytes, limit;  /* bytes: keys, values and what keeps them */
  uint64_t hits, misses;           /* of get() and what reads on the way */
  uint64_t evictions, expirations; /* gone for want of memory, or of time */
  uint64_t refused;                /* values that could not be stored */
} sluice_dict_stats;

typedef struct sluice_dict_api {
  size_t size;
  /* The dictionary of that name ([a-z0-9_.-]+, at most 64 bytes), made when there is none, with the memory that the configuration
   * states for it ([[dict]] name, memory), else 16 MiB. Null: no such name is possible, or no memory. Never freed. */
  sluice_dict* (*open)(const char* name, size_t name_size);
  /* SLUICE_NOT_FOUND when absent. */
  sluice_status (*get)(sluice_dict* dict, const char* key, size_t key_size, sluice_dict_value* out);
  /* `ttl_ms` 0: for ever. SLUICE_TOO_LARGE: key or text over the limit. SLUICE_INVALID: type NONE, or a number that is none. */
  sluice_status (*set)(sluice_dict* dict, const char* key, size_t key_size, const sluice_dict_value* value,
                       uint64_t ttl_ms);
  /* Only if absent: else SLUICE_INVALID. */
  sluice_status (*add)(sluice_dict* dict, const char* key, size_t key_size, const sluice_dict_value* value,
                       uint64_t ttl_ms);
  /* Only if the value is `expected` (type NONE: absent) set it to `value` (type NONE: remove it). SLUICE_INVALID: it is another;
   * *found, if not null, then says which. */
  sluice_status (*compare_and_set)(sluice_dict* dict, const char* key, size_t key_size,
                                   const sluice_dict_value* expected, const sluice_dict_value* value,
                                   uint64_t ttl_ms, sluice_dict_value* found);
  /* Add `by` to a number, beginning at `initial` with `ttl_ms` when absent (an existing one keeps its end). *out is the sum.
   * SLUICE_INVALID: the value is no number. */
  sluice_status (*increment)(sluice_dict* dict, const char* key, size_t key_size, double by, double initial,
                             uint64_t ttl_ms, double* out);
  /* SLUICE_NOT_FOUND when absent. */
  sluice_status (*remove)(sluice_dict* dict, const char* key, size_t key_size);
  /* Another time to live, counted from now; 0: for ever. SLUICE_NOT_FOUND when absent. */
  sluice_status (*expire)(sluice_dict* dict, const char* key, size_t key_size, uint64_t ttl_ms);
  /* *milliseconds left; 0: for ever. SLUICE_NOT_FOUND when absent. */
  sluice_status (*ttl)(sluice_dict* dict, const char* key, size_t key_size, uint64_t* milliseconds);
  void (*clear)(sluice_dict* dict);
  void (*stats)(sluice_dict* dict, sluice_dict_stats* out);
  /* Up to `most` keys in no order that begin with `prefix`, each to fn(key, user); for looking, not for logic: it locks a part of the
   * dictionary at a time. `fn` must not call the dictionary. */
  void (*keys)(sluice_dict* dict, const char* prefix, size_t prefix_size, size_t most,
               void (*fn)(const char* key, size_t key_size, void* user), void* user);

  /* ---- one computes, the others wait ---- */
  /* SLUICE_OK: the value is there, in *out. SLUICE_NOT_FOUND: it is not, and the caller now holds the claim on this key: it must
   * settle() or abandon() it. SLUICE_UNAVAILABLE: somebody else holds the claim; `fn(user)` runs once, on any thread, when it is settled
   * or abandoned or `lease_ms` of the holder's is over: ask again then. *waiting is the handle for cancel_wait(), dead once `fn`
   * has begun. `lease_ms` (1 .. 600000) is how long the caller's own claim holds. */
  sluice_status (*claim)(sluice_dict* dict, const char* key, size_t key_size, uint64_t lease_ms,
                         sluice_dict_value* out, uint64_t* claim, void (*fn)(void* user), void* user,
                         uint64_t* waiting);
  /* Store and wake those who wait. SLUICE_ENDED: the claim was over; nothing is stored. Else as set(). */
  sluice_status (*settle)(sluice_dict* dict, const char* key, size_t key_size, uint64_t claim,
                          const sluice_dict_value* value, uint64_t ttl_ms);
  /* Give the claim up without a value; one of those who wait gets it. */
  void (*abandon)(sluice_dict* dict, const char* key, size_t key_size, uint64_t claim);
  /* False: `fn` has run, or runs just now. */
  bool (*cancel_wait)(sluice_dict* dict, uint64_t waiting);
} sluice_dict_api;

#ifdef __cplusplus
}
#endif

#endif
