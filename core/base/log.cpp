#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <memory>

#include "base/utf8.h"

namespace sluice::log {
namespace {

// Lines that wait for the writing thread; beyond it the oldest are dropped and counted.
constexpr std::size_t kQueue = 8192;

std::atomic<Level> threshold{Level::info};
std::atomic<std::shared_ptr<spdlog::logger>> logger;
std::atomic<std::size_t> reported_drops = 0;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: break;
  }
  return spdlog::level::err;
}

// No stdio stream's buffer and nothing that throws: standard error may be closed or full.
void direct(Level level, std::string_view text) {
  constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
  const auto line = fmt::format("{}: {}\n", kNames[static_cast<int>(level)], text);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

void start(Level level) {
  threshold = level;
  spdlog::init_thread_pool(kQueue, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  auto fresh = std::make_shared<spdlog::async_logger>("sluice", sink, spdlog::thread_pool(),
                                                      spdlog::async_overflow_policy::overrun_oldest);
  fresh->set_level(spdlog::level::debug);
  fresh->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  // A closed or full standard error loses lines, never the process.
  fresh->set_error_handler([](const std::string&) {});
  fresh->flush_on(spdlog::level::debug);
  logger.store(fresh);
}

void set_level(Level level) { threshold = level; }

void stop() {
  if (auto old = logger.exchange(nullptr)) old->flush();
  spdlog::shutdown();
}

std::string library_version() {
  return fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH);
}

bool enabled(Level level) { return level >= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view text) {
  std::string line;
  utf8::append_escaped(line, text);
  write_safe(level, line);
}

void write_safe(Level level, std::string_view line) {
  auto current = logger.load();
  if (current == nullptr) {
    direct(level, line);
    return;
  }
  if (auto pool = spdlog::thread_pool()) {
    // Whoever moves the count up says it; the counter itself only grows.
    const auto dropped = pool->overrun_counter();
    auto reported = reported_drops.load(std::memory_order_relaxed);
    if (dropped > reported && reported_drops.compare_exchange_strong(reported, dropped))
      current->log(spdlog::level::warn, "{} log lines were dropped: the queue was full", dropped - reported);
  }
  current->log(to_spdlog(level), fmt::string_view("{}"), line);
}

}  // namespace sluice::log
