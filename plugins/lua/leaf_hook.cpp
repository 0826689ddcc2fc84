// Leaf functions for what a hook does: answer, look at bodies and endpoints, note and log, tell the time.
#include <charconv>
#include <chrono>
#include <optional>

#include "embedded.h"
#include "host.h"
#include "leaf_calls.h"

namespace sluice::lua {

namespace {

int respond(sluice_lua_visit* handle, int status, const char* type, std::size_t type_size, const char* body,
            std::size_t body_size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->respond(visit->exchange, status, type, type_size, body, body_size));
}

int answer(sluice_lua_visit* handle) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  visit->vm->call->root().answered = true;
  return 0;
}

// ---- bodies ----

int body_whole(sluice_lua_visit* handle, int response, double limit) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->body_whole(visit->exchange, response != 0, static_cast<std::uint64_t>(limit)));
}

int body(sluice_lua_visit* handle) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  sluice_str text{};
  return give(*visit, host.exchange->body(visit->exchange, &text), text);
}

// The piece of the running hook; null in hooks that have none.
const sluice_chunk* piece_here(Visit* visit) {
  if (visit == nullptr) return nullptr;
  return visit->vm->call->piece;
}

int piece(sluice_lua_visit* handle) {
  Visit* visit = here(handle);
  const sluice_chunk* chunk = piece_here(visit);
  if (chunk == nullptr) return kElsewhere;
  return give(*visit, chunk->length == 0 ? "" : chunk->data, chunk->length);
}

int piece_size(sluice_lua_visit* handle) {
  const sluice_chunk* chunk = piece_here(here(handle));
  return chunk == nullptr ? kElsewhere : static_cast<int>(chunk->length);
}

int piece_last(sluice_lua_visit* handle) {
  const sluice_chunk* chunk = piece_here(here(handle));
  return chunk == nullptr ? kElsewhere : static_cast<int>(chunk->last);
}

int piece_replace(sluice_lua_visit* handle, const char* data, std::size_t size) {
  Visit* visit = here(handle);
  if (piece_here(visit) == nullptr) return kElsewhere;
  return code(host.exchange->body_replace(visit->exchange, data, size));
}

// ---- endpoints ----

int endpoints(sluice_lua_visit* handle) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return host.balance == nullptr ? 0 : static_cast<int>(host.balance->count(visit->exchange));
}

// A number of 64 bits is no number of Lua's, so scripts see it as text.
constexpr std::size_t kIdDigits = 16;

void write_id(std::uint64_t id, char (&out)[kIdDigits + 1]) {
  for (std::size_t i = 0; i < kIdDigits; ++i)
    out[i] = "0123456789abcdef"[id >> (4 * (kIdDigits - 1 - i)) & 0xfU];
  out[kIdDigits] = '\0';
}

std::optional<std::uint64_t> read_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && text.size() == kIdDigits ? std::optional(id) : std::nullopt;
}

int endpoint(sluice_lua_visit* handle, int index) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  if (host.balance == nullptr) return code(SLUICE_NOT_FOUND);
  sluice_endpoint_view found{};
  found.size = sizeof found;
  sluice_status status = host.balance->view(visit->exchange, static_cast<std::size_t>(index), &found);
  if (status != SLUICE_OK) return code(status);
  sluice_lua_out& out = visit->vm->out();
  out.weight = found.weight;
  out.in_flight = found.in_flight;
  out.usable = found.usable;
  out.tried = found.tried;
  out.priority = found.priority;
  out.blocks = found.blocks;
  out.max_in_flight = found.max_in_flight;
  out.latency_us = found.latency_us;
  out.zone = found.zone.data == nullptr ? "" : found.zone.data;
  out.zone_size = found.zone.size;
  write_id(found.id, out.id);
  return give(*visit, status, found.address);
}

int pick(sluice_lua_visit* handle, int index) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  if (host.balance == nullptr) return code(SLUICE_UNAVAILABLE);
  return code(host.balance->pick(visit->exchange, static_cast<std::size_t>(index)));
}

// Whether the host has the member; what is not there in a table of 1.1.
template <class Member>
bool has(Member sluice_balance_api::* member) {
  const auto* balance = host.balance;
  if (balance == nullptr) return false;
  const auto* place = reinterpret_cast<const char*>(&(balance->*member));
  const auto end = static_cast<std::size_t>(place - reinterpret_cast<const char*>(balance)) + sizeof(Member);
  return balance->size >= end && balance->*member != nullptr;
}

int find(sluice_lua_visit* handle, const char* id, std::size_t size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  if (!has(&sluice_balance_api::find)) return code(SLUICE_UNAVAILABLE);
  const auto number = read_id({id, size});
  std::size_t index = 0;
  const auto status = number ? host.balance->find(visit->exchange, *number, &index) : SLUICE_NOT_FOUND;
  return status == SLUICE_OK ? static_cast<int>(index) : code(status);
}

int current(sluice_lua_visit* handle) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  if (!has(&sluice_balance_api::current)) return code(SLUICE_UNAVAILABLE);
  std::size_t index = 0;
  const auto status = host.balance->current(visit->exchange, &index);
  return status == SLUICE_OK ? static_cast<int>(index) : code(status);
}

int hash_key(sluice_lua_visit* handle, const char* key, std::size_t size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  if (!has(&sluice_balance_api::hash)) return code(SLUICE_UNAVAILABLE);
  return code(host.balance->hash(visit->exchange, key, size));
}

int retry(sluice_lua_visit* handle) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  if (!has(&sluice_balance_api::retry)) return code(SLUICE_UNAVAILABLE);
  return code(host.balance->retry(visit->exchange));
}

// ---- the record ----

int note(sluice_lua_visit* handle, const char* name, std::size_t size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  sluice_str value{};
  return give(*visit, host.exchange->note_get(visit->exchange, name, size, &value), value);
}

int set_note(sluice_lua_visit* handle, const char* name, std::size_t size, const char* value,
             std::size_t value_size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->note(visit->exchange, name, size, value, value_size));
}

int log_enabled(int level) {
  return host.log != nullptr && host.log->enabled(static_cast<sluice_log_level>(level)) ? 1 : 0;
}

void log(int level, const char* text, std::size_t size) {
  if (host.log == nullptr) return;
  sluice_exchange* exchange = running == nullptr ? nullptr : running->exchange;
  host.log->write(static_cast<sluice_log_level>(level), exchange, "lua", text, size);
}

// ---- where and when ----

int phase() { return running == nullptr ? -1 : static_cast<int>(running->vm->call->phase); }

double serial() { return running == nullptr ? 0 : running->serial; }

int is_live(double which) { return running != nullptr && running->vm->is_live(which) ? 1 : 0; }

double seconds(std::uint64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

double unix_time() {
  if (host.timer != nullptr) return seconds(host.timer->unix_us());
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double monotonic() {
  if (host.timer != nullptr) return seconds(host.timer->monotonic_us());
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// FNV-1a, then the last mixing steps of MurmurHash3, which spread short and similar texts over all 32 bits. The values are
// part of the API: the same on every worker, machine and version.
std::uint32_t hash(const char* data, std::size_t size) {
  std::uint32_t mixed = 2166136261U;
  for (std::size_t i = 0; i < size; ++i) {
    mixed = (mixed ^ static_cast<unsigned char>(data[i])) * 16777619U;
  }
  mixed = (mixed ^ (mixed >> 16U)) * 0x85ebca6bU;
  mixed = (mixed ^ (mixed >> 13U)) * 0xc2b2ae35U;
  return mixed ^ (mixed >> 16U);
}

}  // namespace

void add_hook_calls(sluice_lua_leaf& leaf) {
  leaf.respond = respond;
  leaf.answer = answer;
  leaf.body_whole = body_whole;
  leaf.body = body;
  leaf.piece = piece;
  leaf.piece_size = piece_size;
  leaf.piece_last = piece_last;
  leaf.piece_replace = piece_replace;
  leaf.endpoints = endpoints;
  leaf.endpoint = endpoint;
  leaf.pick = pick;
  leaf.find = find;
  leaf.current = current;
  leaf.hash_key = hash_key;
  leaf.retry = retry;
  leaf.note = note;
  leaf.set_note = set_note;
  leaf.log_enabled = log_enabled;
  leaf.log = log;
  leaf.phase = phase;
  leaf.serial = serial;
  leaf.is_live = is_live;
  leaf.unix_time = unix_time;
  leaf.monotonic = monotonic;
  leaf.hash = hash;
}

const sluice_lua_leaf& leaf_calls() {
  static const sluice_lua_leaf leaf = [] {
    sluice_lua_leaf made{};
    add_message_calls(made);
    add_hook_calls(made);
    return made;
  }();
  return leaf;
}

std::string_view leaf_declarations() { return embedded_declarations(); }

}  // namespace sluice::lua
