#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <memory>

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

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (unsigned char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", c);
    else
      out += static_cast<char>(c);
  }
  return out;
}

void direct(Level level, std::string_view text) {
  constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
  // Not fmt::print, which throws when it cannot write.
  const auto line = fmt::format("{}: {}\n", kNames[static_cast<int>(level)], text);
  std::fwrite(line.data(), 1, line.size(), stderr);
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

bool enabled(Level level) { return level >= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view text) {
  auto current = logger.load();
  const auto line = escaped(text);
  if (current == nullptr) {
    direct(level, line);
    return;
  }
  if (auto pool = spdlog::thread_pool()) {
    const auto dropped = pool->overrun_counter();
    if (auto reported = reported_drops.load();
        dropped > reported && reported_drops.compare_exchange_strong(reported, dropped))
      current->log(spdlog::level::warn, "{} log lines were dropped: the queue was full", dropped - reported);
  }
  current->log(to_spdlog(level), fmt::string_view("{}"), line);
}

}  // namespace sluice::log
