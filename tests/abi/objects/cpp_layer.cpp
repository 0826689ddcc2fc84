// A plugin on <sluice/plugin.hpp> whose hooks do what the header X-Do says; tests/abi/cpp_layer_test.cpp drives it.
#include <sluice/plugin.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

// How many of its kind live in coroutine frames; shown as a note.
std::atomic<int> guards = 0;
struct Guard {
  Guard() { ++guards; }
  ~Guard() { --guards; }
};

sluice::Task<int> add_slowly(sluice::Exchange ex, int a, int b) {
  co_await sluice::sleep(ex, 10ms);
  co_return a + b;
}

class Layer {
 public:
  static constexpr const char* summary = "Does what a test says.";
  static constexpr sluice_key inner[] = {sluice::key(SLUICE_KEY_INT, "depth", "3", "How deep.")};
  static constexpr sluice_key keys[] = {
      sluice::key(SLUICE_KEY_STRING, "word", "hello", "A word."),
      sluice::key(SLUICE_KEY_SIZE, "limit", "4KiB", "A size."),
      sluice::key(SLUICE_KEY_LIST, "names", "[]", "Names."),
      sluice::table_key(SLUICE_KEY_TABLE, "more", "{}", "More.", inner),
  };

  class Worker;

  explicit Layer(const sluice::Create& create) : seen_("seen") {
    auto config = create.config();
    word_ = config["word"].as_string();
    if (word_ == "refuse") config["word"].refuse("\"refuse\" is refused");
    for (auto [key, value] : config["names"])
      names_ += std::string(value.as_string()) + ";";
    names_ +=
        std::to_string(config["limit"].as_size()) + ";" + std::to_string(config["more"]["depth"].as_int());
  }

 private:
  std::string word_;
  std::string names_;
  sluice::Slot<std::string> seen_;
};

class Layer::Worker {
 public:
  Worker(Layer& layer, std::uint32_t number) : layer_(layer), number_(number) {
    if (layer.word_ == "no workers") throw std::runtime_error("no workers today");
  }

  sluice::Task<sluice::Verdict> on_request(sluice::Exchange ex) {
    Guard guard;
    std::string what(ex.request().get("X-Do").value_or(""));
    ex.note("layer.config", layer_.names_);
    ex.note("layer.worker", std::to_string(number_));
    layer_.seen_.make(ex, what);
    if (what == "deny") co_return ex.respond(403, "text/plain", "no");
    if (what == "throw") throw std::runtime_error("thrown on purpose");
    if (what == "add")
      ex.note("layer.sum", std::to_string(co_await add_slowly(ex, 2, co_await add_slowly(ex, 3, 4))));
    if (what == "sleep then throw") {
      co_await sluice::sleep(ex, 10ms);
      throw std::runtime_error("thrown after a wait");
    }
    if (what == "thread") {
      auto word = co_await sluice::suspend<std::string>([](sluice::Resumer<std::string> done) {
        std::thread([done = std::move(done)]() mutable { done.resume("from a thread"); }).detach();
      });
      ex.note("layer.thread", word);
    }
    if (what == "give up") co_await sluice::suspend([](sluice::Resumer<void>) {});
    if (what == "throw at start")
      co_await sluice::suspend([](sluice::Resumer<void>) { throw std::runtime_error("at start"); });
    if (what == "foreign") co_await std::suspend_always{};
    co_return sluice::Verdict::proceed;
  }

  void on_response(sluice::Exchange ex) {
    ex.response().set("X-Word", layer_.word_);
    ex.response().add("X-Seen", *layer_.seen_.get(ex));
    std::string names;
    for (auto [name, value] : ex.response())
      names += std::string(name) + ",";
    ex.note("layer.names", names);
  }

  void on_response_body(sluice::Exchange ex, sluice::Chunk chunk) {
    if (!chunk.bytes().empty()) ex.replace_body("<" + std::string(chunk.bytes()) + ">");
  }

  void on_log(sluice::Exchange ex) {
    ex.note("layer.guards", std::to_string(guards.load()));
    sluice::log(SLUICE_INFO, ex, "done");
  }

 private:
  Layer& layer_;
  std::uint32_t number_;
};

}  // namespace

SLUICE_PLUGIN(Layer, "cpp_layer")
