/* Sluice plugin ABI: the types every other public header stands on, and the one symbol a plugin exports.
 *
 * A plugin is a shared object that exports `sluice_plugin_entry`. The host calls it once, right after loading, and gets a
 * `sluice_plugin`: what the plugin is called, which configuration keys it takes, how to make an instance, and its hooks.
 *
 *   load .so -> sluice_plugin_entry -> [per snapshot and use] create -> [per worker] create_worker -> hooks ... -> destroy_*
 *
 * Rules that keep a plugin loadable for years:
 *   - C11 only; no C++ type and no exception crosses. An exception that leaves a plugin function ends the process.
 *   - Every struct that crosses begins with its size in bytes as the *writer* knew it. Readers never read past it.
 *   - Structs grow at the end; nothing is removed or reordered within a major version. A missing function is null.
 *   - Anything optional is an ability, asked for by id: host->ability(host, "sluice.timer/1").
 *   - No struct is passed or returned by value, so that LuaJIT's FFI compiles every call.
 *
 * A plugin's own names come first: a key that the host adds in a later minor to [[plugin]] or [[route]] yields to a plugin
 * that was built before (by its `abi_minor`) and has a key of that name; the host warns, and its own key is not to be had in
 * that table. A key that the host had when the plugin was built is refused.
 *
 * A plugin built for major N loads on every later release with major N, whatever the minor: it may ask for more than an
 * older host has (null tells), and a newer host never needs what an older plugin lacks.
 */
#ifndef SLUICE_ABI_H
#define SLUICE_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_ABI_MAJOR 1
#define SLUICE_ABI_MINOR 2

#if defined(__GNUC__)
#define SLUICE_EXPORT __attribute__((visibility("default")))
#else
#define SLUICE_EXPORT
#endif

/* Bytes somewhere else. Not terminated, any content unless said otherwise. {NULL, 0} means absent; a present but empty
 * text has a non-null `data`. How long the bytes live is said where the str comes from. */
typedef struct sluice_str {
  const char* data;
  size_t size;
} sluice_str;

/* What a call of the host says. Nothing has changed unless it is SLUICE_OK. */
typedef enum sluice_status {
  SLUICE_OK = 0,
  SLUICE_NOT_FOUND = 1,   /* no such header, upstream, endpoint, key ... */
  SLUICE_WRONG_PHASE = 2, /* not possible in this hook; the call's contract says where it is */
  SLUICE_INVALID = 3,     /* a value that HTTP or the call's contract does not allow */
  SLUICE_TOO_LARGE = 4,   /* over a stated limit */
  SLUICE_ENDED = 5,       /* the exchange is over */
  SLUICE_UNAVAILABLE = 6  /* the world says no: no memory, no file, no worker thread */
} sluice_status;

/* One request and its response. Opaque; valid inside a hook, and while the plugin holds it paused, on the worker's
 * thread only. See exchange.h. */
typedef struct sluice_exchange sluice_exchange;

/* A node of the configuration tree. Opaque; see config.h. */
typedef struct sluice_config sluice_config;

typedef struct sluice_host sluice_host;
typedef struct sluice_plugin sluice_plugin;

/* What a configuration key takes. The host checks each plugin's tables against these before create() is called: unknown
 * keys and wrong types are errors that name file, line, column and the nearest valid key. */
typedef enum sluice_key_type {
  SLUICE_KEY_ANY =
      0, /* not checked; also the type for "string or table" keys, checked by the plugin itself */
  SLUICE_KEY_BOOL = 1,     /* true, false */
  SLUICE_KEY_INT = 2,      /* 64-bit signed */
  SLUICE_KEY_FLOAT = 3,    /* also takes an integer */
  SLUICE_KEY_STRING = 4,   /* UTF-8 */
  SLUICE_KEY_DURATION = 5, /* "250ms", "5s", "2m", "1h", "1d" */
  SLUICE_KEY_SIZE = 6,     /* "512", "64KiB", "10MiB", "1GiB", or an integer of bytes */
  SLUICE_KEY_LIST = 7,     /* array of any; `children` null. Element types are the plugin's to check */
  SLUICE_KEY_TABLE = 8,    /* `children` lists its keys; null children: any keys */
  SLUICE_KEY_TABLES = 9    /* array of tables, or one table; `children` as for TABLE */
} sluice_key_type;

/* One key of a plugin's configuration, for checking it and for the reference that is generated from it.
 * Static lifetime: as long as the shared object. The struct grows at its end like any other: `sluice_plugin.key_size` says
 * how long one is in this plugin's arrays, children included. */
typedef struct sluice_key {
  const char* name;     /* as written in TOML */
  sluice_key_type type; /* */
  const char* unset; /* what holds when the key is not given, as text ("5s", "[]"); null: the key is required.
                                "none" and text in parentheses stand for no value: get() gives null */
  const char* meaning;               /* one sentence, plain words */
  const struct sluice_key* children; /* TABLE and TABLES only */
  size_t child_count;
} sluice_key;

/* What create() is told. Valid during the call only, but for `host`, which lives as long as the process. */
typedef struct sluice_create {
  size_t size;
  const sluice_host* host;
  const sluice_config* config; /* this use's table; valid until destroy(). Never null */
  uint64_t snapshot; /* id of the snapshot being compiled; the same for all uses in it, never reused */
  sluice_str place;  /* where it is attached, for messages: "global", "route api", "upstream app" ... */
  uint32_t workers;  /* how many times create_worker will be called */
} sluice_create;

/* A plugin's hook table; see hooks.h. */
struct sluice_hooks;

/* Returned by the entry; static lifetime.
 *
 * Three places for state: `create` makes one per use and snapshot (shared by the workers: read-only once returned, or
 * locked by the plugin), `create_worker` one per worker thread of it (used by that thread alone, no locks), and
 * exchange slots (exchange.h) one per exchange. State for the whole process is the shared object's own static data.
 *
 * create, create_worker, destroy_worker and destroy are called on the configuration thread, never on a worker's. While
 * they run, other snapshots of the same plugin serve traffic. They may block (read a file, compile rules).
 *
 * destroy_worker and destroy are called when no exchange of the snapshot is left, every token its hooks have taken has been
 * given back, its callouts are over and its timers cancelled: nothing of this instance runs afterwards, `gone` included. When the
 * process ends, the host waits one second for tokens that are still out; if some do not come back, destroy_worker and destroy
 * of that snapshot are not called, and what is given back later runs nothing. */
struct sluice_plugin {
  size_t size;        /* sizeof(sluice_plugin) */
  uint32_t abi_major; /* SLUICE_ABI_MAJOR, at build time */
  uint32_t abi_minor;
  const char* name;    /* the word for `use = "..."`; [a-z0-9_]+ */
  const char* version; /* free text, shown by `sluice plan` */
  const char* summary; /* one sentence for the reference */

  const sluice_key* keys; /* keys of this plugin's own table */
  size_t key_count;
  /* Keys that this plugin adds to each [[route]] table (a router's `match`); null for most. They are read through the
   * ability "sluice.routes/1". */
  const sluice_key* route_keys;
  size_t route_key_count;

  /* Make an instance. Returns it, or null after reporting each problem with config->problem(). */
  void* (*create)(const sluice_create* args);
  void (*destroy)(void* instance);
  /* Optional pair. What it returns is the `self` of hooks on worker `worker` (0 .. workers-1); without it `self` is the
   * instance. Null means failure, reported with config->problem(). */
  void* (*create_worker)(void* instance, uint32_t worker);
  void (*destroy_worker)(void* instance, void* worker_state);

  const struct sluice_hooks* hooks;

  /* True for plugins that guard (authentication, WAF, rate limits): `on_failure` defaults to "deny". */
  bool guards;
  /* True when every request must meet a routing decision of this plugin, so that the host does not add its own router. */
  bool routes;

  /* Optional: which of `hooks` this instance needs, as a bit (1u << sluice_phase) each; asked once, after create(). A hook
   * without its bit is never called for this use and costs nothing, as if it were null (a script that has no body hook
   * must not slow bodies down). Null: all that `hooks` has. */
  uint32_t (*wants)(void* instance);

  /* ---- since 1.1 ---- */
  /* sizeof(sluice_key), the step of `keys`, `route_keys` and all children. 0: that of 1.0. */
  size_t key_size;
  /* Optional: libraries that are linked in, with versions ("PCRE2 10.42"), for `sluice --version`. */
  const char* libraries;
  /* True: the same keys, routes and files told to config->reads() make the same instance, so that a reload which changes none
   * of them is no work. False: every reload makes it anew. */
  bool repeatable;

  /* ---- since 1.2 ---- */
  /* Body hooks that only look, as a bit (1u << sluice_phase) each: the message keeps its Content-Length, which a hook that may
   * change the body costs it. In them exchange->body_replace() is SLUICE_WRONG_PHASE. */
  uint32_t observes;
};

struct sluice_exchange_api;
struct sluice_config_api;

/* The host, as given to the entry. Lives as long as the process. */
struct sluice_host {
  size_t size;
  uint32_t abi_major; /* the host's */
  uint32_t abi_minor;
  const char* version;                        /* of Sluice, "0.1.0" */
  const struct sluice_exchange_api* exchange; /* never null */
  const struct sluice_config_api* config;     /* never null */
  /* An optional table of functions by id, "sluice.timer/1"; null when this host does not have it. Each table begins with
   * its size. The pointer stays valid for the life of the process. [any-thread] */
  const void* (*ability)(const sluice_host* host, const char* id);
};

/* The one symbol. Called once per loaded file on the configuration thread. Null refuses to load: the plugin says why on
 * the log ability first. The host checks `abi_major` of what is returned. */
typedef const sluice_plugin* (*sluice_plugin_entry_fn)(const sluice_host* host);
SLUICE_EXPORT const sluice_plugin* sluice_plugin_entry(const sluice_host* host);

#ifdef __cplusplus
}
#endif

#endif
