/* Reading a plugin's own piece of the configuration.
 *
 * The host has already checked the table against the plugin's `keys`: what is missing takes its `unset` text here too, so
 * that a default is written once. Nodes are immutable and live until destroy(). [any-thread]
 */
#ifndef SLUICE_CONFIG_H
#define SLUICE_CONFIG_H

#include <sluice/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sluice_node_type {
  SLUICE_NODE_BOOL = 1,
  SLUICE_NODE_INT = 2,
  SLUICE_NODE_FLOAT = 3,
  SLUICE_NODE_STRING = 4,
  SLUICE_NODE_LIST = 5,
  SLUICE_NODE_TABLE = 6
} sluice_node_type;

typedef struct sluice_config_api {
  size_t size;
  sluice_node_type (*type)(const sluice_config* node);
  /* Value of `key` in a table; null when absent or when `node` is no table. */
  const sluice_config* (*get)(const sluice_config* node, const char* key, size_t key_size);
  /* Elements of a list or entries of a table; 0 for others. */
  size_t (*count)(const sluice_config* node);
  /* The i-th element (file order); for tables `key`, if not null, gets its name. Null when out of range. */
  const sluice_config* (*at)(const sluice_config* node, size_t index, sluice_str* key);
  /* Typed reads. False leaves *out untouched: another type, or no valid text. Durations are milliseconds, sizes bytes. */
  bool (*as_bool)(const sluice_config* node, bool* out);
  bool (*as_int)(const sluice_config* node, int64_t* out);
  bool (*as_float)(const sluice_config* node, double* out);
  bool (*as_str)(const sluice_config* node, sluice_str* out);
  bool (*as_duration)(const sluice_config* node, int64_t* milliseconds);
  bool (*as_size)(const sluice_config* node, uint64_t* bytes);
  /* Where the node stands: file name, 1-based line and column. */
  void (*where)(const sluice_config* node, sluice_str* file, uint32_t* line, uint32_t* column);
  /* Report a problem at the node; the configuration is then refused as a whole, after every problem has been
   * collected. Only inside create() and create_worker(). `text` names the value and the remedy. */
  void (*problem)(const sluice_config* node, const char* text, size_t text_size);
  /* The absolute path of a file named in the configuration: relative names are taken from the folder of the file that
   * names them. Valid until destroy(). */
  void (*path)(const sluice_config* node, sluice_str* out);
  /* Since 1.1. Say that `bytes` were read from the file `path` (absolute), or null: that there was none to be read. A reload on
   * an identical configuration is no work unless such a file has changed; see sluice_plugin.repeatable. `node`: any of this
   * use's. Until destroy(). [any-thread] */
  void (*reads)(const sluice_config* node, const char* path, size_t path_size, const char* bytes,
                size_t size);
} sluice_config_api;

#ifdef __cplusplus
}
#endif

#endif
