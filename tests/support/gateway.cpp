#include "support/gateway.h"

#include <signal.h>
#include <stdlib.h>

#include <exception>
#include <sstream>

#include "support/origin.h"

namespace sluice::test {

namespace {

constexpr std::string_view kListening = "listening on 127.0.0.1:";
constexpr std::string_view kReady = "ready";
constexpr std::string_view kReloaded = "reloaded";
constexpr std::string_view kRefused = "reload refused";

}  // namespace

std::string gateway_program() {
  const char* named = getenv("SLUICE_PROGRAM");
  return named != nullptr ? named : SLUICE_BINARY_DIR "/sluice";
}

std::vector<std::uint16_t> listening_ports(std::string_view log) {
  std::vector<std::uint16_t> ports;
  for (std::size_t at = log.find(kListening); at != std::string_view::npos; at = log.find(kListening, at + 1))
    ports.push_back(
        static_cast<std::uint16_t>(std::stoul(std::string(log.substr(at + kListening.size(), 5)))));
  return ports;
}

Command Gateway::complete(Command command, const std::string& file) {
  command.argv = {gateway_program(), "run", "-c", file};
  return command;
}

Gateway::Gateway(std::string_view toml, Command command)
    : file_(dir_.write("sluice.toml", toml)), process_(complete(std::move(command), file_)) {
  if (!process_.wait_for_error_text(kReady)) throw std::runtime_error("the gateway did not start:\n" + log());
}

Gateway::~Gateway() noexcept(false) {
  const bool running = process_.is_running();
  const int code = running ? 0 : process_.wait();
  const bool sanitizer = log().contains("ERROR: AddressSanitizer") || log().contains("runtime error:") ||
                         log().contains("WARNING: ThreadSanitizer");
  if (std::uncaught_exceptions() > 0) return;
  if (sanitizer || code >= 128)
    throw std::runtime_error("the gateway ended with " + std::to_string(code) + ":\n" + log());
}

std::uint16_t Gateway::port(std::size_t listener) const {
  const auto ports = listening_ports(log());
  if (listener >= ports.size()) throw std::runtime_error("no such listener in the log:\n" + log());
  return ports[listener];
}

void Gateway::write_configuration(std::string_view toml) { dir_.write("sluice.toml", toml); }

void Gateway::reload(std::string_view toml) {
  const std::size_t before = log().size();
  write_configuration(toml);
  process_.signal(SIGHUP);
  if (!process_.wait_for_error_text(kReloaded, before))
    throw std::runtime_error("not reloaded:\n" + log().substr(before));
}

std::string Gateway::reload_refused(std::string_view toml) {
  const std::size_t before = log().size();
  write_configuration(toml);
  process_.signal(SIGHUP);
  if (!process_.wait_for_error_text(kRefused, before))
    throw std::runtime_error("not refused:\n" + log().substr(before));
  return log().substr(before);
}

int Gateway::terminate() {
  process_.signal(SIGTERM);
  return process_.wait();
}

std::vector<nlohmann::json> Gateway::access(std::size_t count) const {
  std::vector<nlohmann::json> lines;
  const auto read_all = [&] {
    lines.clear();
    const std::string text = read_file(dir_.path() / "access.log");
    std::istringstream in(text.substr(0, text.rfind('\n') + 1));  // whole lines only
    for (std::string line; std::getline(in, line);)
      lines.push_back(nlohmann::json::parse(line));
    return lines.size() >= count;
  };
  if (!eventually(read_all))
    throw TimedOut("only " + std::to_string(lines.size()) + " access log lines\n" + log());
  return lines;
}

std::string proxy_to(const std::vector<std::string>& endpoints, std::string_view top,
                     std::string_view route) {
  std::string text(top);
  text += "\n[[listener]]\naddress = \"127.0.0.1:0\"\n\n[[upstream]]\nname = \"app\"\nendpoints = [";
  for (const std::string& endpoint : endpoints)
    text += "\"" + endpoint + "\", ";
  return text.append("]\n\n[[route]]\nupstream = \"app\"\n").append(route).append("\n");
}

std::string proxy_to(const Origin& origin, std::string_view top, std::string_view route) {
  return proxy_to(std::vector{origin.endpoint()}, top, route);
}

std::string_view access_plugin() {
  return "[[plugin]]\nuse = \"access_log\"\nformat = \"json\"\nto = \"access.log\"\n";
}

}  // namespace sluice::test
