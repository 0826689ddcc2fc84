#include "support/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "base/ascii.h"

namespace sluice::test {
namespace {

constexpr std::uint16_t kA = 1, kCname = 5, kAaaa = 28, kSrv = 33;
constexpr std::size_t kHeader = 12;

void put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}
void put32(std::string& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

std::string wire_name(std::string_view name) {
  std::string out;
  while (!name.empty() && name != ".") {
    const auto label = name.substr(0, name.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return out + '\0';
}

std::string ip_bytes(int family, std::string_view text) {
  char bytes[16];
  if (inet_pton(family, std::string(text).c_str(), bytes) != 1)
    throw std::runtime_error("no address: " + std::string(text));
  return {bytes, family == AF_INET ? 4u : 16u};
}

// The question's name, and where it ends.
std::pair<std::string, std::size_t> read_name(std::string_view packet) {
  std::string name;
  std::size_t at = kHeader;
  while (at < packet.size() && packet[at] != 0) {
    const auto length = static_cast<std::size_t>(packet[at]);
    name += (name.empty() ? "" : ".") + std::string(packet.substr(at + 1, length));
    at += length + 1;
  }
  return {ascii::lower(name), at + 1};
}

void put_record(std::string& out, const DnsRecord& record) {
  if (record.owner.empty())
    put16(out, 0xc000 | kHeader);  // a pointer to the question's name
  else
    out += wire_name(record.owner);
  put16(out, record.type);
  put16(out, 1);
  put32(out, record.ttl);
  put16(out, record.data.size());
  out += record.data;
}

int bound_socket(int type, std::uint16_t port) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool read_all(int fd, char* to, std::size_t size) {
  for (std::size_t have = 0; have < size;) {
    const auto got = read(fd, to + have, size - have);
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

DnsRecord a_record(std::string_view ip, std::uint32_t ttl, std::string owner) {
  return {std::move(owner), kA, ttl, ip_bytes(AF_INET, ip)};
}
DnsRecord aaaa_record(std::string_view ip, std::uint32_t ttl, std::string owner) {
  return {std::move(owner), kAaaa, ttl, ip_bytes(AF_INET6, ip)};
}
DnsRecord cname_record(std::string_view target, std::uint32_t ttl) {
  return {{}, kCname, ttl, wire_name(target)};
}
DnsRecord srv_record(std::uint16_t priority, std::uint16_t weight, std::uint16_t port,
                     std::string_view target, std::uint32_t ttl) {
  std::string data;
  put16(data, priority);
  put16(data, weight);
  put16(data, port);
  return {{}, kSrv, ttl, data + wire_name(target)};
}

DnsServer::DnsServer() {
  // The same number for both: another process may hold the one that the kernel gives for TCP.
  for (int attempt = 0; attempt < 100 && udp_ < 0; ++attempt) {
    tcp_ = bound_socket(SOCK_STREAM, 0);
    if (tcp_ < 0) continue;
    port_ = port_of(tcp_);
    udp_ = bound_socket(SOCK_DGRAM, port_);
    if (udp_ < 0) close(tcp_);
  }
  if (udp_ < 0 || listen(tcp_, 16) != 0 || pipe(wake_) != 0)
    throw std::runtime_error("no port for a DNS server");
  thread_ = std::thread([this] { serve(); });
}

DnsServer::~DnsServer() {
  close(wake_[1]);
  thread_.join();
  for (const int fd : {wake_[0], udp_, tcp_})
    close(fd);
}

std::string DnsServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

void DnsServer::set(const std::string& name, const std::string& type, DnsScript script) {
  const std::lock_guard lock(mutex_);
  scripts_[type + " " + name] = std::move(script);
}

void DnsServer::forget(const std::string& name, const std::string& type) {
  const std::lock_guard lock(mutex_);
  scripts_.erase(type + " " + name);
}

std::vector<std::string> DnsServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

std::size_t DnsServer::count(const std::string& question) const {
  const auto all = asked();
  return static_cast<std::size_t>(std::ranges::count(all, question));
}

void DnsServer::serve() {
  std::vector<pollfd> ends{{wake_[0], POLLIN, 0}, {udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
  while (true) {
    poll(ends.data(), ends.size(), -1);
    if (ends[0].revents != 0) break;
    if (ends[1].revents != 0) {
      char packet[4096];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto got = recvfrom(udp_, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got <= 0) continue;
      const auto reply = answer({packet, static_cast<std::size_t>(got)}, false);
      if (!reply.empty())
        sendto(udp_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
    if (ends[2].revents != 0) ends.push_back({accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC), POLLIN, 0});
    for (std::size_t i = 3; i < ends.size();) {
      if (ends[i].revents == 0) {
        ++i;
        continue;
      }
      unsigned char length[2];
      std::string packet;
      auto is_whole = read_all(ends[i].fd, reinterpret_cast<char*>(length), 2);
      if (is_whole) {
        packet.resize(static_cast<std::size_t>(length[0] << 8 | length[1]));
        is_whole = read_all(ends[i].fd, packet.data(), packet.size());
      }
      if (!is_whole) {
        close(ends[i].fd);
        ends.erase(ends.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      ++by_tcp_;
      const auto reply = answer(packet, true);
      std::string framed;
      put16(framed, reply.size());
      framed += reply;
      if (!reply.empty()) send(ends[i].fd, framed.data(), framed.size(), MSG_NOSIGNAL);
      ends[i++].revents = 0;
    }
  }
  for (std::size_t i = 3; i < ends.size(); ++i)
    close(ends[i].fd);
}

std::string DnsServer::answer(std::string_view packet, bool is_tcp) {
  if (packet.size() < kHeader) return {};
  const auto [name, end] = read_name(packet);
  if (end + 4 > packet.size()) return {};
  const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(packet[end]) << 8 |
                                               static_cast<unsigned char>(packet[end + 1]));
  const auto question = std::string(type == kA      ? "A "
                                    : type == kAaaa ? "AAAA "
                                    : type == kSrv  ? "SRV "
                                                    : "? ") +
                        name;
  const std::lock_guard lock(mutex_);
  asked_.push_back(question);
  DnsScript script{.answers = {}, .additional = {}, .code = 3};
  if (const auto found = scripts_.find(question); found != scripts_.end()) {
    script = found->second;
  } else {
    // A name that has something else has nothing of this type, but it does exist.
    for (const auto& [other, unused] : scripts_)
      if (other.substr(other.find(' ') + 1) == name) script.code = 0;
  }
  if (script.is_silent) return {};
  const auto is_cut = script.is_cut_by_udp && !is_tcp;
  if (is_cut) script.answers.clear(), script.additional.clear();
  std::string out(packet.substr(0, 2));
  out += static_cast<char>(0x84 | (is_cut ? 2 : 0));  // response, authoritative, truncated
  out += static_cast<char>(0x80 | script.code);       // recursion available
  put16(out, 1);
  put16(out, script.garbage.empty() ? script.answers.size() : 1);
  put16(out, 0);
  put16(out, script.additional.size());
  out += packet.substr(kHeader, end + 4 - kHeader);
  if (!script.garbage.empty()) return out + script.garbage;
  for (const auto& record : script.answers)
    put_record(out, record);
  for (const auto& record : script.additional)
    put_record(out, record);
  return out;
}

}  // namespace sluice::test
