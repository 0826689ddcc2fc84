// The program: commands, exit codes, and the parts put together.
//
// Exit codes: 0 done; 1 the configuration is bad; 2 wrong command line (CLI11's own are mapped to it); 3 could not start
// (address in use, permission, ...) or not write what was asked for; 4 ended without a worker that was blocked for good.
#include <fmt/format.h>
#include <llhttp.h>
#include <toml++/toml.h>
#include <uv.h>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>

#include "base/log.h"
#include "check/plugin_check.h"
#include "config/reference.h"
#include "config/value.h"
#include "plugin/host_exchange.h"
#include "plugin/log_ability.h"
#include "plugin/routes_ability.h"
#include "plugin/sinks.h"
#include "server/demo.h"
#include "server/endpoints_command.h"
#include "server/gateway.h"
#include "server/output.h"
#include "server/plugin_reference.h"
#include "server/show_plan.h"

namespace sluice {
namespace {

constexpr int kBadConfig = 1;
constexpr int kBadUsage = 2;
constexpr int kCannotStart = 3;

// Everything that lives as long as the process and that plugins may call.
struct Process {
  Process()
      : exchange_api(whole_exchange_api()), host(exchange_api), registry(host), builder(host, registry) {
    routes = routes_at_create();
    routes.select = routes_select;
    routes.selected = routes_selected;
    routes.upstream_select = upstream_select;
    routes.upstream_override = upstream_override;
    host.add_ability(SLUICE_TIMER, &timer_api());
    host.add_ability(SLUICE_CALLOUT, &callout_api());
    host.add_ability(SLUICE_BALANCE, &balance_api());
    host.add_ability(SLUICE_ROUTES, &routes);
    host.add_ability(SLUICE_LOG, &log_ability(exchange_api));
    host.add_ability(SLUICE_SINK, &Sinks::ability());
  }

  static sluice_exchange_api whole_exchange_api() {
    auto api = make_exchange_api();
    api.slot = reserve_slot;
    return api;
  }

  const sluice_exchange_api exchange_api;
  Host host;
  sluice_routes_api routes;
  Registry registry;
  SnapshotBuilder builder;
};

Process& process() {
  // Never destroyed: plugins' code and threads may look at it until the very end.
  static auto* only = new Process;
  return *only;
}

std::expected<std::shared_ptr<Snapshot>, config::Problems> load(const std::string& file) {
  return process().builder.build(config::check(file));
}

int check_file(const std::string& file, bool quiet) {
  auto snapshot = load(file);
  if (!snapshot) {
    print_error(fmt::format("{}{}: {} problem{}\n", snapshot.error().text(), file, snapshot.error().size(),
                            snapshot.error().size() == 1 ? "" : "s"));
    return kBadConfig;
  }
  if (!quiet) print_output(fmt::format("{}: good\n", file));
  return 0;
}

// For commands whose output is their work.
int written(std::string_view text) { return print_output(text) ? 0 : kCannotStart; }

int plan(const std::string& file) {
  auto snapshot = load(file);
  if (snapshot) return written(show_plan(**snapshot));
  print_error(snapshot.error().text());
  return kBadConfig;
}

// Those that load, by name.
std::vector<std::shared_ptr<const Library>> built_ins() {
  std::vector<std::shared_ptr<const Library>> libraries;
  for (const auto& name : process().registry.built_ins())
    if (auto library = process().registry.find(name)) libraries.push_back(std::move(*library));
  return libraries;
}

int reference(const std::string& plugin, bool all_plugins) {
  if (all_plugins) return written(plugins_reference(built_ins()));
  if (plugin.empty()) return written(config::reference());
  auto library = process().registry.find(plugin);
  if (library) return written(plugin_reference(**library));
  print_error(library.error() + "\n");
  return kBadUsage;
}

void print_trial(const std::string& address, const Demo& demo) {
  print_output(
      fmt::format("Sluice listens on http://{0} and proxies to {1} demo origins in this program. Try:\n\n"
                  "  curl -i http://{0}/\n"
                  "  curl -H 'X-Canary: 1' http://{0}/\n"
                  "  curl -d 'some text' http://{0}/form?x=1\n\n",
                  address, demo.addresses().size()));
}

int run(const std::string& file, bool with_demo) {
  auto snapshot = load(file);
  if (!snapshot) {
    print_error(snapshot.error().text());
    return kBadConfig;
  }
  log::start(static_cast<log::Level>((*snapshot)->config->log_level));
  std::unique_ptr<Demo> demo;
  if (with_demo) {
    auto started = Demo::start(*(*snapshot)->config);
    if (!started) {
      log::error("{}", started.error());
      log::stop();
      return kCannotStart;
    }
    demo = std::move(*started);
  }
  int code = 0;
  {
    Gateway gateway(process().builder, file);
    gateway.free_slots_with(process().host.slots());
    gateway.on_publish = [] {
      Sinks::process().prepare();
    };
    gateway.on_reopen = [] {
      Sinks::process().reopen();
    };
    if (auto started = gateway.start(std::move(*snapshot)); !started) {
      log::error("{}", started.error());
      code = kCannotStart;
    } else {
      if (demo != nullptr) print_trial(gateway.first_address(), *demo);
      code = gateway.run();
      if (code == Gateway::kBlocked) {
        // That worker's thread still runs: nothing that it may touch can be taken down.
        Sinks::process().stop();
        log::stop();
        ::_exit(code);
      }
    }
  }
  Sinks::process().stop();
  log::stop();
  return code;
}

void add_plugin_check(CLI::App& app, check::Options& options, int& code) {
  auto* command =
      app.add_subcommand("plugin-check", "Load a plugin and exercise it; say what is wrong with it");
  command->footer(
      "The plugin runs on the gateway's own loader, host and exchanges, each step in a process of its own. What is shown to it:\n"
      "configurations good, odd and wrong; requests and answers of every shape; clients, origins and workers that go away after\n"
      "each of its calls; waits resumed from other threads and too late; plugins beside it that answer, fail and wait; reloads.\n"
      "Timers fire at once, on a clock that jumps.\n\n"
      "  sluice plugin-check ./hello.so\n"
      "  sluice plugin-check ./hello.so header=X-Hello delay=50ms 'paths=[\"/a\", \"/b\"]'\n"
      "  sluice plugin-check ./hello.so --config hello.toml --request 'GET /login' --field 'Authorization: Basic eA=='\n"
      "  sluice plugin-check ./hello.so --only 'exchange: POST' --in-process      under a debugger\n\n"
      "Exit codes: 0 good (warnings are), 1 something failed, 2 it could not be checked");
  command->add_option("file", options.file, "The plugin: a path, or the name of a built-in")->required();
  command->add_option("values", options.words,
                      "key=value: a key of the plugin's table; TOML, or any text for a string");
  command->add_option(
      "-c,--config", options.config,
      "A TOML file with the plugin's table; its [[route]] tables are the gateway's, if the plugin has keys for them");
  command->add_option("-r,--request", options.requests, "Also this request, as \"GET /path\"");
  command->add_option("-f,--field", options.fields, "\"Name: value\", added to every request");
  command->add_option_function<std::string>(
      "--patience",
      [&options](const std::string& text) {
        auto time = config::parse_duration(text);
        if (!time || time->count() == 0)
          throw CLI::ValidationError("--patience", "\"" + text + "\" is no duration, as \"5s\"");
        options.patience = *time;
      },
      "How long a wait may last without anything moving (5s)");
  command->add_option("--only", options.only, "Only the steps whose name has this text");
  command->add_flag("--in-process", options.in_process, "Run the steps in this process, not in one each");
  command->add_flag("--json", options.json, "Print one JSON object");
  command->add_flag("-v,--verbose", options.verbose, "Also print the checks that do not apply");
  command->callback([&options, &code] {
    const bool is_path = options.file.ends_with(".so") && options.file.find('/') == std::string::npos;
    if (is_path) options.file.insert(0, "./");
    if (options.file.find('/') != std::string::npos)
      options.file = std::filesystem::absolute(options.file).string();
    code = check::plugin_check(options);
  });
}

void add_endpoints(CLI::App& app, EndpointsOptions& options, int& code) {
  auto* command = app.add_subcommand("endpoints",
                                     "Show a running gateway's endpoints, or drain, disable or activate one");
  command->footer(
      "It asks the gateway at the `admin` socket of the configuration file. An order outlives reloads until it ends or is taken back.\n\n"
      "  sluice endpoints -c sluice.toml                                    all of them, with their state\n"
      "  sluice endpoints -c sluice.toml app                                of one upstream\n"
      "  sluice endpoints -c sluice.toml app 10.0.0.1:80 --drain --for 1h   sticky sessions only, for an hour\n"
      "  sluice endpoints -c sluice.toml app 10.0.0.1:80 --disable --by deploy-42\n"
      "  sluice endpoints -c sluice.toml app 10.0.0.1:80 --activate\n\n"
      "Exit codes: 0 done, 1 refused, 2 wrong command line, 3 the gateway could not be asked");
  command->add_option("-c,--config", options.file, "The configuration file")->capture_default_str();
  command->add_option("--socket", options.socket, "Path of the admin socket, in place of the file's");
  command->add_option("upstream", options.upstream, "Name of the upstream");
  command->add_option("endpoint", options.endpoint, "Address of its endpoint, as it is shown");
  const auto add_state = [&](const char* flag, const char* state, const char* what) {
    return command->add_flag_callback(flag, [&options, state] { options.state = state; }, what);
  };
  auto* drain = add_state("--drain", "draining", "Only sessions that were there before (sticky_cookie)");
  auto* disable = add_state("--disable", "disabled", "Nothing at all");
  auto* activate = add_state("--activate", "active", "Take an order back");
  drain->excludes(disable)->excludes(activate);
  disable->excludes(activate);
  command->add_option("--for", options.duration, "How long, as \"10m\"; without it until it is taken back");
  command->add_option("--by", options.owner, "Whose order it is; without it the user's");
  command->add_flag("--json", options.json, "Print what the gateway says");
  command->callback([&options, &code] { code = endpoints_command(options); });
}

std::string versions() {
  auto text = fmt::format(
      "sluice {}\nABI {}.{}\nlibuv {}, llhttp {}.{}.{}, toml++ {}.{}.{}, fmt {}.{}.{}, spdlog {}, CLI11 {}\n",
      SLUICE_VERSION, SLUICE_ABI_MAJOR, SLUICE_ABI_MINOR, uv_version_string(), LLHTTP_VERSION_MAJOR,
      LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH, TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH,
      FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100, log::library_version(), CLI11_VERSION);
  for (const auto& library : built_ins()) {
    text += fmt::format("plugin {} {}", library->name(), library->version());
    if (const auto* libraries = library->plugin().libraries) text += fmt::format(" ({})", libraries);
    text += '\n';
  }
  return text;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  using namespace sluice;
  open_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{
      "Sluice: a programmable gateway. Reads one TOML file, proxies HTTP, and asks Lua scripts and plugins at every step."};
  app.footer(
      "A first try:            scripts/run\n"
      "The smallest file:      [[listener]] address, [[upstream]] name and endpoints, [[route]] upstream\n"
      "Every key:              conf/README.md, or sluice reference; of a plugin: sluice reference NAME\n"
      "Signals:                HUP reloads the file, USR1 reopens logs, TERM drains and ends\n"
      "Exit codes:             0 done, 1 bad configuration, 2 wrong command line, 3 could not start or write,\n"
      "                        4 ended without a blocked worker");
  app.set_version_flag("--version", versions);
  app.require_subcommand(1);
  std::string file = "conf/sluice.toml";
  bool demo = false, quiet = false;
  int code = 0;
  auto add_file = [&file](CLI::App* command) {
    command->add_option("-c,--config,FILE", file, "The configuration file")->capture_default_str();
  };
  auto* run_command = app.add_subcommand("run", "Run the gateway on a configuration file");
  add_file(run_command);
  run_command->add_flag("--demo", demo, "Also run small origins on the upstreams' loopback addresses");
  run_command->callback([&] { code = run(file, demo); });
  auto* check_command = app.add_subcommand(
      "check", "Check a configuration file, plugins and scripts included; print every problem");
  add_file(check_command);
  check_command->add_flag("-q,--quiet", quiet, "Print nothing when it is good");
  check_command->callback([&] { code = check_file(file, quiet); });
  auto* plan_command =
      app.add_subcommand("plan", "Print listeners, routes, and hooks in the order they will run");
  add_file(plan_command);
  plan_command->callback([&] { code = plan(file); });
  auto* reference_command =
      app.add_subcommand("reference", "Print the reference of every configuration key (conf/README.md)");
  std::string plugin;
  bool all_plugins = false;
  reference_command->add_option("plugin", plugin, "Of this plugin: a built-in's name or a path with a slash");
  reference_command->add_flag("--plugins", all_plugins, "Of all built-in plugins (conf/PLUGINS.md)");
  reference_command->callback([&] { code = reference(plugin, all_plugins); });
  EndpointsOptions endpoints;
  add_endpoints(app, endpoints, code);
  check::Options author;
  add_plugin_check(app, author, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadUsage;
  }
  return code;
}
