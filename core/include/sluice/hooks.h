/* The ten hooks, the four verdicts, and when each runs.
 *
 *  accept -> on_connect -> (TLS) -> request head parsed -> on_request -> [whole body, if asked for] -> on_route
 *    -> on_request and on_route of the chosen route's and upstream's uses -> on_balance -> connect or reuse -> on_upstream_request -> request sent, body through on_request_body
 *    -> response head -> on_response -> body through on_response_body -> on_log
 *  on_error runs when the gateway itself must answer; on_balance and on_upstream_request run again for each attempt;
 *  on_log runs exactly once for every request, also one that the parser refused.
 *
 * Order within a hook: global uses, then the listener's, the route's, the upstream's, each in the order of the file; for
 * on_response, on_response_body and on_error the whole order is reversed. `sluice plan` prints it.
 *
 * A route's and an upstream's uses see a request once it is theirs: their on_request runs when on_route of the global and the
 * listener's uses has chosen them (or at the end of on_request, when a hook chose there already), then their on_route. A hook
 * that chooses another route or upstream hands the request on to the uses of that one. Their on_connect never runs.
 *
 * All hooks of one exchange run on one worker thread. Every hook may PAUSE, on_log included.
 */
#ifndef SLUICE_HOOKS_H
#define SLUICE_HOOKS_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sluice_verdict {
  /* Go on with the next plugin, then the next stage. */
  SLUICE_CONTINUE = 0,
  /* Wait. The plugin has taken a token with exchange->pause() in this call and will resume it once. Meanwhile neither
   * head nor body moves on, and reading from that side stops when its buffers are full. */
  SLUICE_PAUSE = 1,
  /* Answer with the local response made by exchange->respond() (status 204 and no body if none was made). It still passes
   * on_response, on_response_body and on_log, marked local. Legal until the response head has gone to the client; later,
   * and in on_log, it counts as FAIL. In on_connect: close the connection without a word. */
  SLUICE_RESPOND = 2,
  /* The plugin could not do its work; say why with exchange->fail_reason(). What happens next is the use's `on_failure`:
   * "deny" answers 500 (or cuts a response already begun), "allow" goes on as if CONTINUE. */
  SLUICE_FAIL = 3
} sluice_verdict;

typedef enum sluice_phase {
  SLUICE_ON_CONNECT = 0,
  SLUICE_ON_REQUEST = 1,
  SLUICE_ON_REQUEST_BODY = 2,
  SLUICE_ON_ROUTE = 3,
  SLUICE_ON_BALANCE = 4,
  SLUICE_ON_UPSTREAM_REQUEST = 5,
  SLUICE_ON_RESPONSE = 6,
  SLUICE_ON_RESPONSE_BODY = 7,
  SLUICE_ON_ERROR = 8,
  SLUICE_ON_LOG = 9,
  SLUICE_PHASES = 10
} sluice_phase;

/* A piece of body on its way. Valid until the hook returns; when it returns PAUSE, this struct stays where it is until the
 * verdict that ends the wait, but the bytes may move meanwhile: read `data` anew in a resume_with() function.
 * A piece can be empty only when `last` is set. With exchange->body_whole() the one piece is the whole body. */
typedef struct sluice_chunk {
  size_t size; /* sizeof(sluice_chunk) */
  const char* data;
  size_t length; /* bytes */
  bool last;     /* no more body follows (trailers may) */
} sluice_chunk;

/* `self` is what create_worker returned, or the instance. */
typedef sluice_verdict (*sluice_hook_fn)(sluice_exchange* ex, void* self);
typedef sluice_verdict (*sluice_body_hook_fn)(sluice_exchange* ex, void* self, const sluice_chunk* chunk);

/* A null member means: not interested; it costs nothing. */
typedef struct sluice_hooks {
  size_t size; /* sizeof(sluice_hooks) */
  sluice_hook_fn on_connect;
  sluice_hook_fn on_request;
  sluice_body_hook_fn on_request_body;
  sluice_hook_fn on_route;
  sluice_hook_fn on_balance;
  sluice_hook_fn on_upstream_request;
  sluice_hook_fn on_response;
  sluice_body_hook_fn on_response_body;
  sluice_hook_fn on_error;
  sluice_hook_fn on_log;
} sluice_hooks;

#ifdef __cplusplus
}
#endif

#endif
