// Steps about create(), create_worker() and their ends: with the author's configuration, with none, with wrong and odd values.
#include <fmt/format.h>

#include <algorithm>

#include "check/bench.h"

namespace sluice::check {
namespace {

struct Given {
  sluice_node_type type;
  std::string_view toml;
};
constexpr Given kOfEachType[] = {{SLUICE_NODE_BOOL, "true"},    {SLUICE_NODE_INT, "7"},
                                 {SLUICE_NODE_FLOAT, "1.5"},    {SLUICE_NODE_STRING, "\"\\u00e4 word\""},
                                 {SLUICE_NODE_LIST, "[\"x\"]"}, {SLUICE_NODE_TABLE, "{ x = 1 }"}};

bool is_right(sluice_key_type key, sluice_node_type given) {
  switch (key) {
    case SLUICE_KEY_ANY: return true;
    case SLUICE_KEY_BOOL: return given == SLUICE_NODE_BOOL;
    case SLUICE_KEY_INT: return given == SLUICE_NODE_INT;
    case SLUICE_KEY_FLOAT: return given == SLUICE_NODE_FLOAT || given == SLUICE_NODE_INT;
    case SLUICE_KEY_STRING: return given == SLUICE_NODE_STRING;
    case SLUICE_KEY_DURATION: return false;  // a string, but not that one
    case SLUICE_KEY_SIZE: return given == SLUICE_NODE_INT;
    case SLUICE_KEY_LIST: return given == SLUICE_NODE_LIST;
    case SLUICE_KEY_TABLE: return given == SLUICE_NODE_TABLE;
    case SLUICE_KEY_TABLES: return given == SLUICE_NODE_TABLE;
  }
  return true;
}

// Values of the right type that are rarely thought of. Sizes and numbers stay below what a careless plugin would allocate.
std::vector<std::string> odd_values(sluice_key_type type) {
  switch (type) {
    case SLUICE_KEY_ANY:
      return {"true", "0", "-1", "1.5", "''", "'x'", "[]", "[1, 'x', {}]", "{}", "{ x = 1 }"};
    case SLUICE_KEY_BOOL: return {"true", "false"};
    case SLUICE_KEY_INT: return {"0", "-1", "9223372036854775807", "-9223372036854775808"};
    case SLUICE_KEY_FLOAT: return {"0.0", "-1e300", "inf", "nan"};
    case SLUICE_KEY_STRING:
      return {"''",
              "' '",
              R"("a\u0000b")",
              R"("line\nline")",
              "'" + std::string(70'000, 'x') + "'",
              "'\u00e4\u20ac'",
              "'%s%n'"};
    case SLUICE_KEY_DURATION: return {"'0s'", "'1ms'", "'1d'"};
    case SLUICE_KEY_SIZE: return {"0", "1", "'64KiB'"};
    case SLUICE_KEY_LIST: {
      std::string long_list = "[";
      for (int i = 0; i < 1000; ++i)
        long_list += "'x',";
      return {"[]", "[1]", "['']", "[{}]", "[[[]]]", "[true, 1.5]", long_list + "]"};
    }
    case SLUICE_KEY_TABLE: return {"{}", "{ x = {} }"};
    case SLUICE_KEY_TABLES: return {"[]", "{}", "[{}, {}]"};
  }
  return {};
}

// Each key that can be set by itself, with the path to it.
void for_each_key(std::span<const config::Key> keys, std::vector<std::string>& path,
                  const std::function<void(const config::Key&, const std::vector<std::string>&)>& call) {
  for (const auto& key : keys) {
    path.emplace_back(key.name);
    call(key, path);
    if (key.type == SLUICE_KEY_TABLE) for_each_key(key.children, path, call);
    path.pop_back();
  }
}

std::string shown(const std::vector<std::string>& path, std::string_view value) {
  return fmt::format("{} = {}", fmt::join(path, "."),
                     value.size() > 60 ? std::string(value.substr(0, 60)) + "..." : value);
}

// The complaints about how create() refused, rather than about what.
void judge_refusal(Bench& bench, const config::Problems& problems, const std::string& with) {
  for (const auto& problem : problems.list()) {
    if (problem.message.find("threw an exception") != std::string::npos)
      bench.witness().fault(fmt::format("{}, with {}", problem.message, with),
                            "catch it in create(), say what is wrong with config->problem() and return null");
    else if (problem.message.find("gave no reason") != std::string::npos)
      bench.witness().fault(
          fmt::format("{}, with {}", problem.message, with),
          "before create() returns null, name the value and the remedy with config->problem(), at its node");
  }
}

std::string first_line(const config::Problems& problems) {
  return problems.list().empty() ? "refused without a word" : problems.list().front().text();
}

void configured(Bench& bench) {
  auto made = bench.make(bench.table());
  if (!made) {
    // The author's value may be wrong, or the plugin; a throw or a silent refusal is the plugin's.
    judge_refusal(bench, made.error(), "the given configuration");
    if (bench.witness().has_faults()) {
      bench.conclude("create: as configured", {});
      return;
    }
    bench.report({"create: as configured", Outcome::unusable,
                  fmt::format("the configuration is refused: {}", first_line(made.error())),
                  "give the plugin's keys as words (key=value) or in a file (--config FILE)"});
    return;
  }
  made->reset();
  bench.conclude("create: as configured", {});
}

void defaults(Bench& bench) {
  Table nothing;
  auto made = bench.make(nothing);
  if (!made) {
    judge_refusal(bench, made.error(), "no keys");
    bench.conclude("create: defaults", fmt::format("refused cleanly: {}", first_line(made.error())));
    return;
  }
  made->reset();
  bench.conclude("create: defaults", {});
}

void pairs(Bench& bench) {
  for (std::uint32_t workers : {1u, 2u, 8u}) {
    auto made = bench.make({.workers = workers});
    if (made == nullptr) return;
    const auto& instance = made->instance();
    if (instance.library().plugin().create_worker == nullptr) continue;
    for (std::uint32_t worker = 1; worker < workers; ++worker)
      if (instance.self(worker) == instance.self(0))
        bench.witness().fault("create_worker() gave the same state to two workers",
                              "make one for each: a worker uses its own without locks");
  }
  bench.conclude("create: for 1, 2 and 8 workers", {});
}

void twice(Bench& bench) {
  auto made = bench.make({.workers = 2, .uses = 2});
  if (made == nullptr) return;
  const auto &one = made->instance(0), &other = made->instance(1);
  if (one.library().plugin().create != nullptr && one.library().plugin().create_worker == nullptr &&
      one.self(0) == other.self(0))
    bench.witness().warn("two uses share one instance",
                         "let create() make one for each use: their configurations differ");
  made.reset();
  bench.conclude("create: two uses in one snapshot", {});
}

void wrong_types(Bench& bench) {
  auto library = bench.library();
  if (!library) return;
  int tried = 0;
  std::vector<std::string> path;
  for_each_key((*library)->keys().list(), path,
               [&](const config::Key& key, const std::vector<std::string>& at) {
                 for (const auto& given : kOfEachType) {
                   if (is_right(key.type, given.type)) continue;
                   ++tried;
                   auto made = bench.make(bench.table().with(at, given.toml));
                   if (!made)
                     judge_refusal(bench, made.error(), shown(at, given.toml));
                   else
                     bench.witness().fault(
                         fmt::format("{} is accepted, though it is of another type", shown(at, given.toml)),
                         "report this as a fault of Sluice, with the plugin");
                 }
               });
  if (tried == 0) {
    bench.report({"create: wrong types", Outcome::skipped, "no key has a type that can be wrong", {}});
    return;
  }
  auto unknown = bench.make(bench.table().with({"no_such_key_of_any_plugin"}, "1"));
  if (unknown)
    bench.witness().fault("an unknown key is accepted", "report this as a fault of Sluice, with the plugin");
  bench.conclude("create: wrong types", fmt::format("{} values refused cleanly", tried + 1));
}

void odd(Bench& bench) {
  auto library = bench.library();
  if (!library) return;
  int accepted = 0, refused = 0;
  const auto scenes = few_scenes(bench.options().requests, bench.options().fields);
  std::vector<std::string> path;
  for_each_key((*library)->keys().list(), path,
               [&](const config::Key& key, const std::vector<std::string>& at) {
                 for (const auto& value : odd_values(key.type)) {
                   auto made = bench.make(bench.table().with(at, value));
                   if (!made) {
                     ++refused;
                     judge_refusal(bench, made.error(), shown(at, value));
                     continue;
                   }
                   ++accepted;
                   // What create() takes must serve.
                   Stand stand(0);
                   for (const auto& scene : scenes) {
                     bench.begin(stand, **made, scene);
                     bench.wind_up(stand);
                   }
                 }
               });
  if (accepted + refused == 0)
    bench.report({"create: odd values", Outcome::skipped, "it has no keys", {}});
  else
    bench.conclude("create: odd values",
                   fmt::format("{} accepted and serving, {} refused cleanly", accepted, refused));
}

}  // namespace

void add_create_steps(std::vector<Step>& steps) {
  steps.push_back({"create: as configured", configured, true});
  steps.push_back({"create: defaults", defaults});
  steps.push_back({"create: for 1, 2 and 8 workers", pairs});
  steps.push_back({"create: two uses in one snapshot", twice});
  steps.push_back({"create: wrong types", wrong_types});
  steps.push_back({"create: odd values", odd});
}

}  // namespace sluice::check
