/* Ability "sluice.sink/1": lines to a file, a stream or syslog, written by the host's one writing thread.
 *
 * A worker only copies: write() never waits for a disk, a pipe or a lock that is held for long. What a queue cannot take is
 * dropped and counted. Files are opened again on SIGUSR1 (after they were renamed by logrotate). A full disk or a closed
 * pipe loses lines, never the process, and is said once in the gateway's log.
 */
#ifndef SLUICE_EXT_SINK_H
#define SLUICE_EXT_SINK_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_SINK "sluice.sink/1"

typedef struct sluice_sink sluice_sink;

typedef struct sluice_sink_api {
  size_t size;
  /* Open `target`: "stdout", "stderr", "syslog", "syslog:FACILITY", "syslog:FACILITY:/socket" or the absolute path of a file,
   * which is made (mode 0644) and appended to, once the configuration is taken: a check makes none. The same target again gives the same sink, which then needs as many closes.
   * `queue` bytes may wait for each worker thread (at least 64 KiB; the first opener's number counts). Null: *why says what
   * is wrong, until the thread's next call. In create(). [configuration thread] */
  sluice_sink* (*open)(const char* target, size_t target_size, uint64_t queue, sluice_str* why);
  /* One or more whole lines, each with its newline; copied. Lines of one thread stay in order. False: dropped, for want of
   * room. [any-thread] */
  bool (*write)(sluice_sink* sink, const char* lines, size_t size);
  /* Lines dropped so far, for want of room or by a fault of the target. [any-thread] */
  uint64_t (*dropped)(sluice_sink* sink);
  /* In destroy(). What is queued is still written. [configuration thread] */
  void (*close)(sluice_sink* sink);
} sluice_sink_api;

#ifdef __cplusplus
}
#endif

#endif
