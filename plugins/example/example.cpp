// example: says in a response header how long the upstream took, and lets slow clients wait on purpose.
//
//   [[plugin]]
//   use = "./example.so"
//   header = "Server-Timing"
//   delay = "50ms"
#include <sluice/plugin.hpp>

#include <string>

namespace {

class Example {
 public:
  static constexpr const char* summary = "Adds a Server-Timing header, after a delay if one is set.";
  static constexpr sluice_key keys[] = {
      sluice::key(SLUICE_KEY_STRING, "header", "Server-Timing", "Name of the header."),
      sluice::key(SLUICE_KEY_DURATION, "delay", "0s", "How long each request waits before it goes on."),
  };

  explicit Example(const sluice::Create& create)
      : header_(create.config()["header"].as_string()), delay_(create.config()["delay"].as_duration()) {
    if (header_.empty()) create.config()["header"].refuse("is empty; name a header");
  }

  sluice::Task<> on_request(sluice::Exchange ex) {
    if (delay_.count() > 0) co_await sluice::sleep(ex, delay_);
  }

  void on_response(sluice::Exchange ex) {
    auto took = ex.number(SLUICE_T_FIRST_BYTE) - ex.number(SLUICE_T_REQUEST_HEAD);
    ex.response().set(header_, "upstream;dur=" + std::to_string(took / 1000));
  }

 private:
  std::string header_;
  std::chrono::milliseconds delay_;
};

}  // namespace

SLUICE_PLUGIN(Example, "example")
