#include "support/kernel_queues.h"

#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <string>

#include "support/temp_dir.h"

namespace sluice::test {
namespace {

constexpr unsigned kListening = 0x0a;  // its "queue" counts connections, not bytes

}  // namespace

std::size_t bytes_queued_at(std::uint16_t port) {
  const std::string table = read_file("/proc/net/tcp");
  if (table.empty()) throw std::runtime_error("no /proc/net/tcp");
  std::istringstream lines(table);
  char mark[8];  // most lines are others' connections
  std::snprintf(mark, sizeof mark, ":%04X ", port);
  std::size_t sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.contains(mark)) continue;
    unsigned local = 0, remote = 0, state = 0, unsent = 0, unread = 0;
    // " sl: local_address:port rem_address:port st tx_queue:rx_queue ...", all hexadecimal but the first.
    if (std::sscanf(line.c_str(), " %*d: %*x:%x %*x:%x %x %x:%x", &local, &remote, &state, &unsent,
                    &unread) == 5 &&
        state != kListening && (local == port || remote == port))
      sum += unsent + unread;
  }
  return sum;
}

}  // namespace sluice::test
