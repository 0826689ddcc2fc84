// The gateway under test: the real program, on a configuration of the test's, on ports of the system's choice.
//
// A configuration is TOML text in which listeners say "127.0.0.1:0". The program is <build>/sluice, or what SLUICE_PROGRAM
// names. Its own log is standard error; access log lines are JSON in a file that access_plugin() asks for.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.h"
#include "support/wire.h"

namespace sluice::test {

class Origin;

class Gateway {
 public:
  // Starts it and waits until it serves. Throws with its log when it does not. `command`'s argv is filled in here.
  explicit Gateway(std::string_view toml, Command command = {});
  // Throws in the test's face when a sanitizer had something to say, or when the program died.
  ~Gateway() noexcept(false);

  // Of the n-th listener in the order of the file.
  std::uint16_t port(std::size_t listener = 0) const;
  Client connect(int receive_buffer = 0) const { return Client(port(), receive_buffer); }
  // One request on a connection of its own.
  Message once(std::string_view request) const { return Client::once(port(), request); }

  // Replace the configuration, send SIGHUP and wait until the new one serves; throws when it is refused.
  void reload(std::string_view toml);
  // The same for one that must be refused; returns what the log says about it.
  std::string reload_refused(std::string_view toml);
  void write_configuration(std::string_view toml);
  // A file beside the configuration ("route.lua"), so that it can be named there.
  void write(std::string_view name, std::string_view text) const { dir_.write(name, text); }
  std::string folder() const { return dir_.path().string(); }

  // SIGTERM, then wait for the end; exit code.
  int terminate();
  Process& process() { return process_; }
  std::string log() const { return process_.errors(); }
  // The access log's lines once there are `count`; throws when they do not come.
  std::vector<nlohmann::json> access(std::size_t count = 1) const;

 private:
  static Command complete(Command command, const std::string& file);

  TempDir dir_;
  std::string file_;
  Process process_;
};

// The program's path.
std::string gateway_program();
// The text of a program's log that follows each "listening on 127.0.0.1:".
std::vector<std::uint16_t> listening_ports(std::string_view log);

// ---- configuration text ----
// A listener, an upstream "app" with these endpoints and a route to it; `top` stands first, so keys and whole tables may be
// in it; `route` are lines of the route's table.
std::string proxy_to(const std::vector<std::string>& endpoints, std::string_view top = "",
                     std::string_view route = "");
std::string proxy_to(const Origin& origin, std::string_view top = "", std::string_view route = "");
// A [[plugin]] table for JSON access lines in `access.log` beside the configuration.
std::string_view access_plugin();

}  // namespace sluice::test
