/* Reading and changing an exchange: the one table of functions behind every hook.
 *
 * All calls are for the exchange's worker thread, inside a hook or while the plugin holds the exchange paused, but for
 * the token functions, which are for any thread.
 *
 * Lifetime of every sluice_str that comes out: until the next call that changes the same header or field, at most until the
 * exchange ends. What is passed in is copied before the call returns.
 */
#ifndef SLUICE_EXCHANGE_H
#define SLUICE_EXCHANGE_H

#include <sluice/abi.h>
#include <sluice/hooks.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Texts of an exchange. "set" lists the hooks in which exchange->set() may change it. */
typedef enum sluice_field {
  SLUICE_METHOD = 0, /* "GET"; set: up to on_upstream_request */
  SLUICE_TARGET = 1, /* request target as the client sent it (raw, with query) */
  SLUICE_PATH =
      2, /* normalised path, begins with "/" ("*" for OPTIONS *); set: up to on_upstream_request; it is
                           normalised again */
  SLUICE_RAW_PATH = 3, /* path as the client sent it */
  SLUICE_QUERY =
      4, /* after "?", not decoded; absent without "?"; set: up to on_upstream_request ({NULL, 0} takes
                           the "?" away too) */
  SLUICE_SCHEME = 5,      /* "http" or "https", as the client used it (or a trusted proxy says) */
  SLUICE_AUTHORITY = 6,   /* Host as sent, with port; set: up to on_upstream_request */
  SLUICE_HOST = 7,        /* lower case, without port and trailing dot; brackets kept for IPv6 */
  SLUICE_PROTOCOL = 8,    /* "HTTP/1.1" */
  SLUICE_CLIENT = 9,      /* client's IP address after trusted proxies were taken off */
  SLUICE_REMOTE = 10,     /* "ip:port" of the connection itself ("unix:" for Unix sockets) */
  SLUICE_LISTENER = 11,   /* name of the listener */
  SLUICE_ROUTE = 12,      /* name of the route; absent until chosen; set: up to on_route */
  SLUICE_UPSTREAM = 13,   /* name of the group; absent until chosen; set: up to on_balance */
  SLUICE_ENDPOINT = 14,   /* "ip:port" or "unix:/path" of the current attempt; set: in on_balance */
  SLUICE_REQUEST_ID = 15, /* taken from a trusted proxy or made here: 32 hex digits */
  SLUICE_ORIGIN = 16,     /* who made the response or error: "upstream", "local", "client", "plugin" */
  SLUICE_REASON = 17,     /* machine word for an error, "connect_timeout"; absent without one */
  SLUICE_PLUGIN = 18      /* use that answered or failed, "lua@route api"; absent if none */
} sluice_field;

/* Whole numbers of an exchange. Times are microseconds since the exchange began; -1: has not happened. */
typedef enum sluice_number {
  SLUICE_STATUS = 0,               /* response status; 0 before there is one; set: on_response, on_error */
  SLUICE_ATTEMPTS = 1,             /* upstream attempts so far */
  SLUICE_REQUEST_BYTES = 2,        /* body bytes received from the client */
  SLUICE_RESPONSE_BYTES = 3,       /* body bytes sent to the client */
  SLUICE_STARTED_AT = 4,           /* Unix time, microseconds, when the request's first byte was read */
  SLUICE_T_REQUEST_HEAD = 5,       /* request head complete */
  SLUICE_T_ROUTED = 6,             /* route and upstream known */
  SLUICE_T_CONNECTED = 7,          /* upstream connection there */
  SLUICE_T_FIRST_BYTE = 8,         /* response head from upstream complete */
  SLUICE_T_END = 9,                /* response complete or given up */
  SLUICE_CONNECTION_ID = 10,       /* unique in the process */
  SLUICE_CONNECTION_REQUESTS = 11, /* requests begun on this client connection, this one included */
  SLUICE_WORKER = 12,              /* 0 .. workers-1 */
  SLUICE_IS_LOCAL = 13,            /* 1 when the response is made by the gateway */
  SLUICE_PHASE = 14                /* the running hook, a sluice_phase */
} sluice_number;

/* One operation, one enum: which header map. */
typedef enum sluice_map {
  SLUICE_REQUEST_HEADERS = 0, /* as received; changes up to on_route are what later stages see */
  SLUICE_UPSTREAM_HEADERS =
      1, /* what will be sent upstream in this attempt (hop-by-hop fields gone, forwarding fields
                                  there); on_upstream_request only */
  SLUICE_RESPONSE_HEADERS = 2, /* from respond() or the upstream's response on, until on_log */
  SLUICE_REQUEST_TRAILERS = 3, /* readable from the last body piece on */
  SLUICE_RESPONSE_TRAILERS = 4
} sluice_map;

typedef struct sluice_token sluice_token;

/* Runs on the worker's thread, with the exchange still held; its verdict takes the place of the PAUSE. */
typedef sluice_verdict (*sluice_resume_fn)(sluice_exchange* ex, void* user);
/* Runs on the worker's thread when the exchange ends; `value` is what slot_set stored. */
typedef void (*sluice_slot_free_fn)(void* value);

typedef struct sluice_exchange_api {
  size_t size;

  /* ---- texts and numbers ---- */
  /* Copies nothing: *out points into the exchange. SLUICE_NOT_FOUND when absent. */
  sluice_status (*get)(sluice_exchange* ex, sluice_field field, sluice_str* out);
  /* SLUICE_INVALID for bytes the field cannot hold, SLUICE_NOT_FOUND for a route, upstream or endpoint that is not
   * configured, SLUICE_WRONG_PHASE outside the hooks that the enum names. */
  sluice_status (*set)(sluice_exchange* ex, sluice_field field, const char* data, size_t size);
  int64_t (*number)(sluice_exchange* ex, sluice_number which);
  sluice_status (*set_number)(sluice_exchange* ex, sluice_number which, int64_t value);

  /* ---- headers: names match without regard to case (RFC 9110 5.1) ---- */
  size_t (*header_count)(sluice_exchange* ex, sluice_map map);
  /* The i-th field line in order. */
  sluice_status (*header_at)(sluice_exchange* ex, sluice_map map, size_t index, sluice_str* name,
                             sluice_str* value);
  /* The `nth` (from 0) field line of that name. */
  sluice_status (*header_get)(sluice_exchange* ex, sluice_map map, const char* name, size_t name_size,
                              size_t nth, sluice_str* value);
  /* Replace all lines of that name by one. SLUICE_INVALID: name is no token (RFC 9110 5.6.2), value has CR, LF, NUL or
   * other controls, or the field frames the message (Content-Length, Transfer-Encoding, Connection, Keep-Alive, Upgrade,
   * TE, Trailer, Proxy-Connection): the gateway writes those itself. Request trailers are read-only. */
  sluice_status (*header_set)(sluice_exchange* ex, sluice_map map, const char* name, size_t name_size,
                              const char* value, size_t value_size);
  sluice_status (*header_add)(sluice_exchange* ex, sluice_map map, const char* name, size_t name_size,
                              const char* value, size_t value_size);
  /* SLUICE_NOT_FOUND when there was none. */
  sluice_status (*header_remove)(sluice_exchange* ex, sluice_map map, const char* name, size_t name_size);

  /* ---- answering here ---- */
  /* Make the local response: clears response headers and body, sets status (200..599) and, if `content_type_size` is
   * not 0, Content-Type. Add headers after it; then return SLUICE_RESPOND. Until the response head is sent. */
  sluice_status (*respond)(sluice_exchange* ex, int32_t status, const char* content_type,
                           size_t content_type_size, const char* body, size_t body_size);
  /* Text for the log beside SLUICE_FAIL (at most 4096 bytes are kept). */
  sluice_status (*fail_reason)(sluice_exchange* ex, const char* text, size_t size);

  /* ---- bodies ---- */
  /* Ask for the whole request body (in on_request, on_route: it is there, and has passed on_request_body, before the next
   * stage) or the whole response body (in on_response). Over `limit` bytes: 413 for requests, 502 for responses. */
  sluice_status (*body_whole)(sluice_exchange* ex, bool response, uint64_t limit);
  /* In a body hook: pass these bytes on instead of the piece. Empty drops it. Content-Length is dropped for the rest
   * (chunked framing) unless the body was asked for whole. Not in a hook of sluice_plugin.observes. */
  sluice_status (*body_replace)(sluice_exchange* ex, const char* data, size_t size);
  /* The whole request body once body_whole() has gathered it: from on_request's end on. SLUICE_NOT_FOUND otherwise. */
  sluice_status (*body)(sluice_exchange* ex, sluice_str* out);

  /* ---- state of the plugin in the exchange ---- */
  /* Reserve a slot, in the entry or in create() only (elsewhere: -1); the same name with the same `free_value` gives the same
   * slot. It belongs to this loaded file: another plugin, or another build of this one, has its own under the same name. Once
   * the file's last instance is gone the slot may go to another; a file that lost one is loaded, and its entry called, anew
   * before it is used again. Returns its number, below 64, or -1 when all are taken. `free_value` may be null; when it runs,
   * calls of this table on the ending exchange are over, but for the token functions. [configuration thread] */
  int32_t (*slot)(const sluice_host* host, const char* name, sluice_slot_free_fn free_value);
  /* Replaces the value without freeing the old one. */
  void (*slot_set)(sluice_exchange* ex, int32_t slot, void* value);
  void* (*slot_get)(sluice_exchange* ex, int32_t slot);

  /* ---- waiting ---- */
  /* Take the token for this wait, then return SLUICE_PAUSE. One token per call of a hook; it must be given back by exactly
   * one of resume, resume_with, or drop. It outlives the exchange, and the instance outlives it: destroy() waits until it is
   * back (abi.h says for how long when the process ends). Null: not inside a hook. */
  sluice_token* (*pause)(sluice_exchange* ex);
  /* End the wait with this verdict (not PAUSE). False when the exchange is gone; the token is given back either way.
   * Never runs anything inside the call: the exchange goes on later, on its own thread. [any-thread] */
  bool (*resume)(sluice_token* token, sluice_verdict verdict);
  /* End the wait by running `fn` on the worker's thread, whose verdict counts (it may PAUSE again with a new token). `fn`
   * is not called when the exchange has ended meanwhile: then `gone`, if not null, is called instead, on that thread too and
   * never inside this call on another. Neither runs when the worker has ended, which waits for tokens as abi.h says.
   * [any-thread] */
  bool (*resume_with)(sluice_token* token, sluice_resume_fn fn, void (*gone)(void* user), void* user);
  /* Give a token back unused: the wait then ends as SLUICE_FAIL. [any-thread] */
  void (*drop)(sluice_token* token);

  /* ---- the gateway says why ---- */
  /* Attach a word to the exchange's record: access log field and `explain` line. Name: [a-z0-9_.]+, at most 64 bytes;
   * value: at most 1024 bytes are kept. The same name replaces. */
  sluice_status (*note)(sluice_exchange* ex, const char* name, size_t name_size, const char* value,
                        size_t value_size);
  /* Read the notes: the i-th in order of first writing. */
  sluice_status (*note_at)(sluice_exchange* ex, size_t index, sluice_str* name, sluice_str* value);
  sluice_status (*note_get)(sluice_exchange* ex, const char* name, size_t name_size, sluice_str* value);
} sluice_exchange_api;

#ifdef __cplusplus
}
#endif

#endif
