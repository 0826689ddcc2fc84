// Built-in "access_log": one line for each request, to a file, a standard stream or syslog.
//
//   on_log -> Line formats into the worker's buffer -> sink copies it -> the host's writing thread
//
// A worker never waits and, once its buffer has grown to its longest line, never allocates.
#include <sluice/ext/sink.h>
#include <sluice/plugin.hpp>

#include "line.h"

namespace {

// Bytes that a worker's buffer starts with; most lines are a third of it.
constexpr std::size_t kBuffer = 2048;

class AccessLog {
 public:
  static constexpr const char* version = "1.0";
  static constexpr bool repeatable = true;
  static constexpr const char* summary =
      "Writes a line for each request: JSON, common, combined or a form of your own.";
  static constexpr sluice_key keys[] = {
      sluice::key(
          SLUICE_KEY_STRING, "to", "stdout",
          "\"stdout\", \"stderr\", \"syslog\", \"syslog:FACILITY\", \"syslog:FACILITY:/socket\", or a file's name, which "
          "is taken from the configuration's folder and opened again on SIGUSR1."),
      sluice::key(SLUICE_KEY_STRING, "format", "json",
                  "\"json\", \"common\", \"combined\", or a text with {fields}; \"{{\" is a brace."),
      sluice::key(SLUICE_KEY_LIST, "fields", "[]",
                  "JSON: the fields in order, each a name or { field, name }; not given: the usual ones."),
      sluice::key(
          SLUICE_KEY_SIZE, "queue", "1MiB",
          "Per worker and target: lines that may wait for a slow disk or reader; more are dropped and counted."),
  };

  explicit AccessLog(const sluice::Create& create)
      : line_(access_log::Line::from(create.config())),
        sinks_(sluice::ability<sluice_sink_api>(SLUICE_SINK)) {
    if (!sinks_) throw std::runtime_error("this host has no outputs for lines (ability sluice.sink/1)");
    auto to = create.config()["to"];
    auto target = std::string(to.as_string());
    auto is_word =
        target == "stdout" || target == "stderr" || target == "syslog" || target.starts_with("syslog:");
    if (!is_word) target = to.as_path();
    sluice_str why{};
    sink_ = sinks_->open(target.data(), target.size(), create.config()["queue"].as_size(), &why);
    if (!sink_) to.refuse(std::string(sluice::detail::view(why)));
  }
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  ~AccessLog() { sinks_->close(sink_); }

  class Worker {
   public:
    Worker(AccessLog& log, std::uint32_t) : log_(log) { buffer_.reserve(kBuffer); }

    void on_log(sluice::Exchange ex) {
      buffer_.clear();
      log_.line_.append(buffer_, ex, stamp_);
      log_.sinks_->write(log_.sink_, buffer_.data(), buffer_.size());
    }

   private:
    AccessLog& log_;
    access_log::Stamp stamp_;
    std::string buffer_;
  };

 private:
  access_log::Line line_;
  const sluice_sink_api* sinks_;
  sluice_sink* sink_ = nullptr;
};

}  // namespace

SLUICE_PLUGIN(AccessLog, "access_log")
