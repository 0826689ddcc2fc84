/* Ability "sluice.callout/1": a plugin's own HTTP requests to configured upstreams.
 *
 *   worker(ex) -> start(worker, request, on_done, user) -> ... -> on_done(result, user), once, on the same thread
 *
 * A callout stands by itself: it needs no exchange once it has begun, and ends after the one it began in if it takes longer. Its
 * endpoint is chosen by the upstream's own algorithm, its connection comes from the worker's pool, and how it ended counts in
 * the endpoint's passive health. It is one attempt: only a pooled connection that proves dead is replaced, once, and only for
 * methods that may be sent twice (RFC 9110 9.2.2). Hooks do not run for it, and it waits in no queue.
 *
 * A snapshot with callouts under way stays in use, so a reload lets them end. When the process ends, those that no exchange waits
 * for any more are ended with the reason "draining", before destroy_worker() and destroy(). So on_done runs exactly once for each
 * callout that was started and not cancelled, unless a blocked worker is left behind. All functions: [worker's thread] */
#ifndef SLUICE_EXT_CALLOUT_H
#define SLUICE_EXT_CALLOUT_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_CALLOUT "sluice.callout/1"

/* Limits of the host's. Under way at once, per worker and snapshot; bytes of a request's body, and kept of a response's; bytes of
 * a request's header fields with 32 for each; milliseconds that one may take. */
#define SLUICE_CALLOUT_MOST 1024
#define SLUICE_CALLOUT_BODY_MOST (16u * 1024 * 1024)
#define SLUICE_CALLOUT_HEADERS_MOST (64u * 1024)
#define SLUICE_CALLOUT_TIMEOUT_MOST (10u * 60 * 1000)

/* This snapshot on this worker. Valid until destroy_worker() (without one: destroy()). */
typedef struct sluice_worker sluice_worker;
/* One request under way. */
typedef struct sluice_callout sluice_callout;

/* What is asked. All of it is copied before start() returns. Zeroed members mean what is said to be absent. */
typedef struct sluice_callout_request {
  size_t size;         /* sizeof(sluice_callout_request), set by the caller */
  sluice_str upstream; /* its name in the configuration */
  sluice_str method;   /* a token, at most 32 bytes, not CONNECT; absent: GET */
  sluice_str
      target;      /* path and query, "/a?b=1": visible ASCII without "#", at most 64 KiB. "*" with OPTIONS */
  sluice_str host; /* for the Host field; absent: the endpoint's own, as configured */
  /* Header fields, in order: `header_count` names and values. Those that frame the message or belong to the connection
   * (Content-Length, Transfer-Encoding, Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Upgrade, HTTP2-Settings), Host and
   * Expect are the gateway's to write: SLUICE_INVALID. */
  const sluice_str* names;
  const sluice_str* values;
  size_t header_count;
  sluice_str body; /* at most SLUICE_CALLOUT_BODY_MOST; sent with its length */
  uint64_t
      timeout_ms; /* from start() to the response's last byte, at least 1; up to a sixteenth is added. Connecting has the
                        * upstream's own limit besides */
  uint64_t body_limit; /* bytes of the response's body that are kept, up to SLUICE_CALLOUT_BODY_MOST */
  bool
      cut_body; /* a longer body is read to its end but not kept; else it ends the callout: "upstream_body_too_large" */
  sluice_str
      hash; /* what consistent_hash and maglev hash; absent: as for a request that has nothing to hash */
} sluice_callout_request;

/* How it ended. All of it is valid inside on_done only. */
typedef struct sluice_callout_result {
  size_t size; /* as the host knows it: read nothing past it */
  sluice_str
      reason; /* absent: a whole response came. Else a word as in access logs: "connect_failed", "connect_timeout",
                      * "total_timeout", "upstream_reset", "no_endpoint", "overloaded" (no endpoint has room), "draining" ... */
  sluice_str detail;       /* what exactly, for a log; may be absent */
  int32_t status;          /* of the final response, also of one that broke off; 0: none began */
  const sluice_str* names; /* its header fields without those of one hop; Content-Length is not among them */
  const sluice_str* values;
  size_t header_count;
  sluice_str body;     /* its first bytes, `body_limit` at most */
  uint64_t body_bytes; /* all that came */
  sluice_str endpoint; /* "ip:port" or "unix:/path"; absent: none was chosen */
  uint64_t took_us;    /* since start() */
} sluice_callout_result;

/* It may start others. Must not throw. */
typedef void (*sluice_callout_fn)(const sluice_callout_result* result, void* user);

typedef struct sluice_callout_api {
  size_t size;
  /* The worker that runs this exchange. Never null. Inside a hook, or while the plugin holds the exchange paused. */
  sluice_worker* (*worker)(sluice_exchange* ex);
  /* Begin. *out, if `out` is not null, is the handle, dead once on_done has begun. `on_done` never runs inside this call.
   * SLUICE_NOT_FOUND: no such upstream. SLUICE_INVALID: a value that the request's contract does not allow. SLUICE_TOO_LARGE: over
   * one of the limits, SLUICE_CALLOUT_MOST among them: nothing is queued. SLUICE_ENDED: the worker ends. What the world says (nobody
   * to connect to) comes to on_done. In a hook, a resume or `gone` function, a slot's free function, a timer, or an on_done. */
  sluice_status (*start)(sluice_worker* worker, const sluice_callout_request* request,
                         sluice_callout_fn on_done, void* user, sluice_callout** out);
  /* End it without on_done; its connection is closed. */
  void (*cancel)(sluice_callout* callout);
} sluice_callout_api;

#ifdef __cplusplus
}
#endif

#endif
