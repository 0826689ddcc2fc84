#include "support/dnsmasq.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace sluice::test {
namespace {

// A port that was free a moment ago; whoever uses it must be ready to find it taken.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const auto is_bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!is_bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace

Dnsmasq::Dnsmasq(std::string_view hosts, std::vector<std::string> extra)
    : hosts_(dir_.write("hosts", hosts)), extra_(std::move(extra)) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    port_ = free_port();
    if (try_start()) return;
  }
  throw std::runtime_error("dnsmasq does not start:\n" + process_->errors());
}

bool Dnsmasq::try_start() {
  Command command{{"/usr/sbin/dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null",
                   "--no-resolv", "--no-hosts", "--user=", "--group=", "--bind-interfaces",
                   "--listen-address=127.0.0.1", "--pid-file=" + (dir_.path() / "pid").string(),
                   "--port=" + std::to_string(port_), "--addn-hosts=" + hosts_, "--local=/test/",
                   "--local-ttl=1"}};
  command.argv.insert(command.argv.end(), extra_.begin(), extra_.end());
  process_ = std::make_unique<Process>(command);
  return process_->wait_for_error_text("read " + hosts_);
}

void Dnsmasq::reload(std::string_view hosts) {
  dir_.write("hosts", hosts);
  process_->signal(SIGHUP);
}

void Dnsmasq::stop() {
  process_->signal(SIGTERM);
  process_->wait();
}

}  // namespace sluice::test
