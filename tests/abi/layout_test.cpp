// The layout of ABI 1.0 on 64-bit machines, frozen: a plugin built today reads these places for as long as the major is 1.
//
// A struct may grow at its end: then its new members are added below. No number here ever changes.
#include <catch2/catch_test_macros.hpp>

#include <sluice/abi.h>
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <sluice/ext/balance.h>
#include <sluice/ext/callout.h>
#include <sluice/ext/log.h>
#include <sluice/ext/routes.h>
#include <sluice/ext/sink.h>
#include <sluice/ext/timer.h>
#include <sluice/hooks.h>

#include <cstddef>

#define AT(type, member, offset) \
  static_assert(offsetof(type, member) == (offset), #type "." #member " has moved")

namespace {

static_assert(sizeof(void*) != 8 || sizeof(sluice_str) == 16);
static_assert(sizeof(sluice_key) == 48, "1.0's; it may grow at its end (sluice_plugin.key_size)");
static_assert(sizeof(sluice_status) == 4 && sizeof(sluice_verdict) == 4 && sizeof(sluice_node_type) == 4);
static_assert(SLUICE_ABI_MAJOR == 1);

AT(sluice_str, data, 0);
AT(sluice_str, size, 8);
AT(sluice_key, name, 0);
AT(sluice_key, type, 8);
AT(sluice_key, unset, 16);
AT(sluice_key, meaning, 24);
AT(sluice_key, children, 32);
AT(sluice_key, child_count, 40);

AT(sluice_create, size, 0);
AT(sluice_create, host, 8);
AT(sluice_create, config, 16);
AT(sluice_create, snapshot, 24);
AT(sluice_create, place, 32);
AT(sluice_create, workers, 48);

AT(sluice_plugin, size, 0);
AT(sluice_plugin, abi_major, 8);
AT(sluice_plugin, abi_minor, 12);
AT(sluice_plugin, name, 16);
AT(sluice_plugin, version, 24);
AT(sluice_plugin, summary, 32);
AT(sluice_plugin, keys, 40);
AT(sluice_plugin, key_count, 48);
AT(sluice_plugin, route_keys, 56);
AT(sluice_plugin, route_key_count, 64);
AT(sluice_plugin, create, 72);
AT(sluice_plugin, destroy, 80);
AT(sluice_plugin, create_worker, 88);
AT(sluice_plugin, destroy_worker, 96);
AT(sluice_plugin, hooks, 104);
AT(sluice_plugin, guards, 112);
AT(sluice_plugin, routes, 113);
AT(sluice_plugin, wants, 120);
AT(sluice_plugin, key_size, 128);  // 1.1
AT(sluice_plugin, libraries, 136);
AT(sluice_plugin, repeatable, 144);
AT(sluice_plugin, observes, 148);  // 1.2

AT(sluice_host, size, 0);
AT(sluice_host, abi_major, 8);
AT(sluice_host, abi_minor, 12);
AT(sluice_host, version, 16);
AT(sluice_host, exchange, 24);
AT(sluice_host, config, 32);
AT(sluice_host, ability, 40);

AT(sluice_chunk, size, 0);
AT(sluice_chunk, data, 8);
AT(sluice_chunk, length, 16);
AT(sluice_chunk, last, 24);

AT(sluice_hooks, size, 0);
AT(sluice_hooks, on_connect, 8);
AT(sluice_hooks, on_request, 16);
AT(sluice_hooks, on_request_body, 24);
AT(sluice_hooks, on_route, 32);
AT(sluice_hooks, on_balance, 40);
AT(sluice_hooks, on_upstream_request, 48);
AT(sluice_hooks, on_response, 56);
AT(sluice_hooks, on_response_body, 64);
AT(sluice_hooks, on_error, 72);
AT(sluice_hooks, on_log, 80);

AT(sluice_exchange_api, size, 0);
AT(sluice_exchange_api, get, 8);
AT(sluice_exchange_api, set, 16);
AT(sluice_exchange_api, number, 24);
AT(sluice_exchange_api, set_number, 32);
AT(sluice_exchange_api, header_count, 40);
AT(sluice_exchange_api, header_at, 48);
AT(sluice_exchange_api, header_get, 56);
AT(sluice_exchange_api, header_set, 64);
AT(sluice_exchange_api, header_add, 72);
AT(sluice_exchange_api, header_remove, 80);
AT(sluice_exchange_api, respond, 88);
AT(sluice_exchange_api, fail_reason, 96);
AT(sluice_exchange_api, body_whole, 104);
AT(sluice_exchange_api, body_replace, 112);
AT(sluice_exchange_api, body, 120);
AT(sluice_exchange_api, slot, 128);
AT(sluice_exchange_api, slot_set, 136);
AT(sluice_exchange_api, slot_get, 144);
AT(sluice_exchange_api, pause, 152);
AT(sluice_exchange_api, resume, 160);
AT(sluice_exchange_api, resume_with, 168);
AT(sluice_exchange_api, drop, 176);
AT(sluice_exchange_api, note, 184);
AT(sluice_exchange_api, note_at, 192);
AT(sluice_exchange_api, note_get, 200);

AT(sluice_config_api, size, 0);
AT(sluice_config_api, type, 8);
AT(sluice_config_api, get, 16);
AT(sluice_config_api, count, 24);
AT(sluice_config_api, at, 32);
AT(sluice_config_api, as_bool, 40);
AT(sluice_config_api, as_int, 48);
AT(sluice_config_api, as_float, 56);
AT(sluice_config_api, as_str, 64);
AT(sluice_config_api, as_duration, 72);
AT(sluice_config_api, as_size, 80);
AT(sluice_config_api, where, 88);
AT(sluice_config_api, problem, 96);
AT(sluice_config_api, path, 104);
AT(sluice_config_api, reads, 112);  // 1.1

AT(sluice_timer_api, after, 8);
AT(sluice_timer_api, cancel, 16);
AT(sluice_timer_api, monotonic_us, 24);
AT(sluice_timer_api, unix_us, 32);
AT(sluice_log_api, write, 8);
AT(sluice_log_api, enabled, 16);
AT(sluice_log_api, record, 24);
AT(sluice_routes_api, count, 8);
AT(sluice_routes_api, config, 16);
AT(sluice_routes_api, name, 24);
AT(sluice_routes_api, select, 32);
AT(sluice_routes_api, selected, 40);
AT(sluice_routes_api, upstream_find, 48);
AT(sluice_routes_api, upstream_select, 56);
AT(sluice_routes_api, listener_find, 64);
AT(sluice_routes_api, upstream_override, 72);
AT(sluice_sink_api, open, 8);
AT(sluice_sink_api, write, 16);
AT(sluice_sink_api, dropped, 24);
AT(sluice_sink_api, close, 32);
AT(sluice_callout_api, worker, 8);
AT(sluice_callout_api, start, 16);
AT(sluice_callout_api, cancel, 24);
AT(sluice_callout_request, size, 0);
AT(sluice_callout_request, upstream, 8);
AT(sluice_callout_request, method, 24);
AT(sluice_callout_request, target, 40);
AT(sluice_callout_request, host, 56);
AT(sluice_callout_request, names, 72);
AT(sluice_callout_request, values, 80);
AT(sluice_callout_request, header_count, 88);
AT(sluice_callout_request, body, 96);
AT(sluice_callout_request, timeout_ms, 112);
AT(sluice_callout_request, body_limit, 120);
AT(sluice_callout_request, cut_body, 128);
AT(sluice_callout_request, hash, 136);
AT(sluice_callout_result, size, 0);
AT(sluice_callout_result, reason, 8);
AT(sluice_callout_result, detail, 24);
AT(sluice_callout_result, status, 40);
AT(sluice_callout_result, names, 48);
AT(sluice_callout_result, values, 56);
AT(sluice_callout_result, header_count, 64);
AT(sluice_callout_result, body, 72);
AT(sluice_callout_result, body_bytes, 88);
AT(sluice_callout_result, endpoint, 96);
AT(sluice_callout_result, took_us, 112);
AT(sluice_balance_api, count, 8);
AT(sluice_balance_api, view, 16);
AT(sluice_balance_api, pick, 24);
AT(sluice_balance_api, find, 32);  // 1.2
AT(sluice_balance_api, current, 40);
AT(sluice_balance_api, hash, 48);
AT(sluice_balance_api, retry, 56);
AT(sluice_endpoint_view, size, 0);
AT(sluice_endpoint_view, address, 8);
AT(sluice_endpoint_view, weight, 24);
AT(sluice_endpoint_view, in_flight, 28);
AT(sluice_endpoint_view, usable, 32);
AT(sluice_endpoint_view, tried, 33);
AT(sluice_endpoint_view, priority, 36);  // 1.2
AT(sluice_endpoint_view, blocks, 40);
AT(sluice_endpoint_view, max_in_flight, 44);
AT(sluice_endpoint_view, latency_us, 48);
AT(sluice_endpoint_view, id, 56);
AT(sluice_endpoint_view, zone, 64);

}  // namespace

TEST_CASE("the numbers of ABI 1.0 stand") {
  // Values that are written into compiled plugins; the layout above is checked when this file is compiled.
  CHECK(SLUICE_TOO_LARGE == 4);
  CHECK(SLUICE_UNAVAILABLE == 6);
  CHECK(SLUICE_KEY_TABLES == 9);
  CHECK(SLUICE_NODE_TABLE == 6);
  CHECK(SLUICE_FAIL == 3);
  CHECK(SLUICE_ON_LOG == 9);
  CHECK(SLUICE_PHASES == 10);
  CHECK(SLUICE_PLUGIN == 18);
  CHECK(SLUICE_PHASE == 14);
  CHECK(SLUICE_RESPONSE_TRAILERS == 4);
  CHECK(SLUICE_BLOCK_DRAINING == 8);
  CHECK(SLUICE_BLOCK_GONE == 32);
}
