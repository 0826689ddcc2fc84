/* What the Lua side of the API calls through the FFI: leaf functions that touch the exchange and never the VM.
 *
 * This file is C for two readers: the compiler, and ffi.cdef (lines that begin with '#' are left out for it), so that
 * both sides see one definition. None of these functions may call into Lua, directly or by callback.
 *
 * Results: 0 and more is success (a length where there is one to tell); below is `-sluice_status`, or
 * kElsewhere (-7) when `visit` is not that of the running hook. A null or forged `visit` is compared, never followed.
 *
 * A text that comes out lies in sluice_lua_out: up to 4096 bytes in `copy`, so that uncompiled code makes no
 * garbage for a pointer; longer ones at `data`, valid until the next call.
 */
#ifndef SLUICE_LUA_LEAF_H
#define SLUICE_LUA_LEAF_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct sluice_lua_visit sluice_lua_visit;

typedef struct sluice_lua_out {
  const char* data;
  size_t size;
  const char* name; /* header_at, note_at: the name beside the value in `data` */
  size_t name_size;
  uint32_t weight; /* endpoint */
  uint32_t in_flight;
  bool usable;
  bool tried;
  uint32_t priority;
  uint32_t blocks; /* SLUICE_BLOCK_* */
  uint32_t max_in_flight;
  uint32_t latency_us;
  const char* zone; /* as `data` */
  size_t zone_size;
  char id[17]; /* 16 hex digits */
  char copy[4096];
} sluice_lua_out;

typedef struct sluice_lua_leaf {
  /* Texts and numbers; `which` is a sluice_field or sluice_number. number() gives the value itself, -7 elsewhere. */
  int (*field)(sluice_lua_visit* visit, int which);
  int (*set_field)(sluice_lua_visit* visit, int which, const char* data, size_t size);
  double (*number)(sluice_lua_visit* visit, int which);
  int (*set_number)(sluice_lua_visit* visit, int which, double value);
  /* First query parameter of that name, decoded; first cookie of that name. `nth` counts from 0. */
  int (*param)(sluice_lua_visit* visit, const char* name, size_t size, int nth);
  int (*cookie)(sluice_lua_visit* visit, const char* name, size_t size);

  /* Headers; `map` is a sluice_map. */
  int (*header)(sluice_lua_visit* visit, int map, const char* name, size_t size, int nth);
  int (*header_count)(sluice_lua_visit* visit, int map);
  int (*header_at)(sluice_lua_visit* visit, int map, int index);
  int (*header_set)(sluice_lua_visit* visit, int map, const char* name, size_t size, const char* value,
                    size_t value_size);
  int (*header_add)(sluice_lua_visit* visit, int map, const char* name, size_t size, const char* value,
                    size_t value_size);
  int (*header_remove)(sluice_lua_visit* visit, int map, const char* name, size_t size);

  /* The local response: respond() makes it, answer() makes the running hook's verdict RESPOND. */
  int (*respond)(sluice_lua_visit* visit, int status, const char* type, size_t type_size, const char* body,
                 size_t body_size);
  int (*answer)(sluice_lua_visit* visit);

  /* Bodies. piece() is the piece that the running body hook was given; 1 from piece_last(): no more follows. */
  int (*body_whole)(sluice_lua_visit* visit, int response, double limit);
  int (*body)(sluice_lua_visit* visit);
  int (*piece)(sluice_lua_visit* visit);
  int (*piece_size)(sluice_lua_visit* visit);
  int (*piece_last)(sluice_lua_visit* visit);
  int (*piece_replace)(sluice_lua_visit* visit, const char* data, size_t size);

  /* Endpoints of the chosen group; `index` from 0. */
  int (*endpoints)(sluice_lua_visit* visit);
  int (*endpoint)(sluice_lua_visit* visit, int index);
  int (*pick)(sluice_lua_visit* visit, int index);
  int (*find)(sluice_lua_visit* visit, const char* id, size_t size); /* its index */
  int (*current)(sluice_lua_visit* visit);                           /* its index */
  int (*hash_key)(sluice_lua_visit* visit, const char* key, size_t size);
  int (*retry)(sluice_lua_visit* visit);

  int (*note)(sluice_lua_visit* visit, const char* name, size_t size);
  int (*set_note)(sluice_lua_visit* visit, const char* name, size_t size, const char* value,
                  size_t value_size);

  /* Of the running hook, or outside of one (while a script loads). */
  int (*log_enabled)(int level);
  void (*log)(int level, const char* text, size_t size);
  int (*phase)(void);            /* sluice_phase of the running hook, -1 outside */
  double (*serial)(void);        /* of the running exchange in this process, 0 outside */
  int (*is_live)(double serial); /* has this VM's exchange with that serial not ended yet? */
  double (*unix_time)(void);     /* seconds */
  double (*monotonic)(void);     /* seconds */
  uint32_t (*hash)(const char* data, size_t size);
} sluice_lua_leaf;

#ifdef __cplusplus
}
#endif
#endif
