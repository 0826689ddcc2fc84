/* Ability "sluice.log/1": lines in the gateway's own log. Never blocks a worker; a full queue drops and counts. */
#ifndef SLUICE_EXT_LOG_H
#define SLUICE_EXT_LOG_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_LOG "sluice.log/1"

typedef enum sluice_log_level {
  SLUICE_DEBUG = 0,
  SLUICE_INFO = 1,
  SLUICE_WARN = 2,
  SLUICE_ERROR = 3
} sluice_log_level;

typedef struct sluice_log_api {
  size_t size;
  /* One record; backslashes, controls and bytes that are no UTF-8 in `text` are escaped. With `ex` (worker's thread only) the
   * record carries request id, route and running hook; `ex` may be null on any thread. `plugin` names the writer. */
  void (*write)(sluice_log_level level, sluice_exchange* ex, const char* plugin, const char* text,
                size_t size);
  bool (*enabled)(sluice_log_level level);
  /* As write(), with `count` named texts that stay fields of their own in a structured log: nothing is cut, whatever the
   * length (a stack trace, say). Names: [a-z0-9_.]+; values: any bytes, escaped as `text` is. */
  void (*record)(sluice_log_level level, sluice_exchange* ex, const char* plugin, const char* text,
                 size_t size, const sluice_str* names, const sluice_str* values, size_t count);
} sluice_log_api;

#ifdef __cplusplus
}
#endif

#endif
