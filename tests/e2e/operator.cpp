#include "e2e/operator.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "support/gateway.h"

namespace sluice::test {

Finished Operator::says(std::vector<std::string> arguments) const {
  Command command{{gateway_program(), "endpoints", "--socket", socket()}};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return run(command);
}

std::string Operator::orders(std::vector<std::string> arguments) const {
  const auto done = says(std::move(arguments));
  if (done.code != 0) throw std::runtime_error("sluice endpoints: " + done.errors + done.output);
  return done.output;
}

nlohmann::json Operator::sees(const std::string& upstream) const {
  return nlohmann::json::parse(orders({upstream, "--json"}));
}

nlohmann::json Operator::sees(const std::string& upstream, const std::string& endpoint) const {
  const auto seen = sees(upstream);
  for (const auto& each : seen["endpoints"])
    if (each["address"] == endpoint) return each;
  return nullptr;
}

Message Operator::asks(std::string_view request) const {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(socket() + ": " + std::strerror(errno));
  Wire wire(fd);
  wire.send(request);
  return wire.read_response();
}

}  // namespace sluice::test
