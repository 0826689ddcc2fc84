/* example_c: answers 403 to requests that carry one of the listed headers.
 *
 *   [[plugin]]
 *   use = "./example_c.so"
 *   deny = ["X-Debug", "X-Forwarded-Server"]
 */
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <sluice/hooks.h>

#include <stdlib.h>

static const sluice_host* host;

typedef struct rule {
  size_t count;
  sluice_str names[]; /* owned by the configuration, which outlives the instance */
} rule;

static void* create(const sluice_create* args) {
  const sluice_config* list = host->config->get(args->config, "deny", 4);
  size_t count = host->config->count(list);
  rule* made = malloc(sizeof *made + count * sizeof *made->names);
  if (!made) return NULL;
  made->count = count;
  for (size_t i = 0; i < count; ++i) {
    static const char wrong[] = "needs a header name, as in \"X-Debug\"";
    const sluice_config* element = host->config->at(list, i, NULL);
    if (!host->config->as_str(element, &made->names[i])) {
      host->config->problem(element, wrong, sizeof wrong - 1);
      free(made);
      return NULL;
    }
  }
  return made;
}

static void destroy(void* instance) { free(instance); }

static sluice_verdict on_request(sluice_exchange* ex, void* self) {
  static const char body[] = "This header is not allowed here.\n";
  const rule* made = self;
  for (size_t i = 0; i < made->count; ++i) {
    sluice_str value;
    if (host->exchange->header_get(ex, SLUICE_REQUEST_HEADERS, made->names[i].data, made->names[i].size, 0,
                                   &value) != SLUICE_OK)
      continue;
    host->exchange->respond(ex, 403, "text/plain", 10, body, sizeof body - 1);
    return SLUICE_RESPOND;
  }
  return SLUICE_CONTINUE;
}

const sluice_plugin* sluice_plugin_entry(const sluice_host* given) {
  static const sluice_key keys[] = {
      {"deny", SLUICE_KEY_LIST, NULL, "Names of headers that no request may carry.", NULL, 0}};
  static const sluice_hooks hooks = {.size = sizeof hooks, .on_request = on_request};
  static const sluice_plugin plugin = {.size = sizeof plugin,
                                       .abi_major = SLUICE_ABI_MAJOR,
                                       .abi_minor = SLUICE_ABI_MINOR,
                                       .name = "example_c",
                                       .version = "1.0",
                                       .summary = "Answers 403 to requests with a listed header.",
                                       .keys = keys,
                                       .key_count = 1,
                                       .create = create,
                                       .destroy = destroy,
                                       .hooks = &hooks,
                                       .guards = true};
  host = given;
  return &plugin;
}
