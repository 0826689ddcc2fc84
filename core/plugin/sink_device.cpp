#include "plugin/sink_device.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "config/problem.h"

namespace sluice {
namespace {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

class FileDevice final : public SinkDevice {
 public:
  explicit FileDevice(std::string path) : path_(std::move(path)) {}

  static Descriptor open_file(const std::string& path) {
    // Nonblocking for the sake of a FIFO without a reader; it makes no difference to files.
    return Descriptor(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
  }

  // errno or 0: whether it looks as if it could be opened. Touches nothing.
  static int look(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0) {
      if (S_ISDIR(found.st_mode)) return EISDIR;
      return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0 ? 0 : errno;
    }
    if (errno != ENOENT) return errno;
    auto folder = path.substr(0, path.rfind('/') + 1);
    return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
  }

  int prepare() override { return fd_ ? 0 : reopen(); }

  Outcome write(std::string_view lines) override {
    Outcome outcome;
    outcome.fault = prepare();
    while (outcome.fault == 0 && outcome.taken < lines.size()) {
      auto wrote = ::write(fd_.get(), lines.data() + outcome.taken, lines.size() - outcome.taken);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0 && errno == EAGAIN) return outcome;
      if (wrote <= 0) {
        outcome.fault = wrote < 0 ? errno : EIO;
        return outcome;
      }
      outcome.taken += static_cast<std::size_t>(wrote);
    }
    return outcome;
  }

  int reopen() override {
    auto fresh = open_file(path_);
    if (!fresh) return errno;
    fd_ = std::move(fresh);
    return 0;
  }

 private:
  std::string path_;
  Descriptor fd_;
};

// Standard output and error. Other processes may share them, so they must not be made nonblocking: a pipe that poll() calls
// writable takes PIPE_BUF bytes without waiting (POSIX, write).
class StreamDevice final : public SinkDevice {
 public:
  explicit StreamDevice(int fd) : fd_(fd) {}

  Outcome write(std::string_view lines) override {
    Outcome outcome;
    while (outcome.taken < lines.size()) {
      pollfd ready{fd_, POLLOUT, 0};
      if (::poll(&ready, 1, 0) <= 0) return outcome;
      auto piece = std::min<std::size_t>(lines.size() - outcome.taken, PIPE_BUF);
      auto wrote = ::write(fd_, lines.data() + outcome.taken, piece);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0 && errno == EAGAIN) return outcome;
      if (wrote <= 0) {
        outcome.fault = wrote < 0 ? errno : EIO;
        return outcome;
      }
      outcome.taken += static_cast<std::size_t>(wrote);
    }
    return outcome;
  }

 private:
  int fd_;
};

// One datagram a line to the local syslog socket, in the form that syslog(3) uses (RFC 3164 4.1). Not by syslog(3) itself,
// which waits when the socket is full.
class SyslogDevice final : public SinkDevice {
 public:
  SyslogDevice(int facility, std::string socket) : facility_(facility), socket_(std::move(socket)) {}

  Outcome write(std::string_view lines) override {
    Outcome outcome;
    if (!fd_ && !connect()) {
      outcome.fault = errno;
      return outcome;
    }
    while (outcome.taken < lines.size()) {
      auto line = lines.substr(outcome.taken);
      line = line.substr(0, line.find('\n'));
      int fault = send(line);
      // A daemon that was restarted has a new socket under the same name.
      if (fault != 0 && fault != EAGAIN && fault != ENOBUFS) fault = connect() ? send(line) : errno;
      if (fault != 0) {
        if (fault == EAGAIN || fault == ENOBUFS) return outcome;
        fd_ = Descriptor();
        outcome.fault = fault;
        return outcome;
      }
      outcome.taken = std::min(outcome.taken + line.size() + 1, lines.size());
    }
    return outcome;
  }

  int reopen() override {
    fd_ = Descriptor();
    return 0;
  }

 private:
  bool connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), std::min(socket_.size(), sizeof address.sun_path - 1));
    Descriptor fresh(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fresh || ::connect(fresh.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      return false;
    fd_ = std::move(fresh);
    return true;
  }

  // errno or 0.
  int send(std::string_view line) {
    auto now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::array<char, 32> stamp{};
    std::strftime(stamp.data(), stamp.size(), "%b %e %H:%M:%S", &local);
    message_.clear();
    fmt::format_to(std::back_inserter(message_), "<{}>{} sluice[{}]: {}", facility_ | LOG_INFO, stamp.data(),
                   ::getpid(), line);
    while (::send(fd_.get(), message_.data(), message_.size(), MSG_NOSIGNAL) < 0) {
      if (errno == EINTR) continue;
      // Longer than a datagram may be: the line is lost, not the log.
      return errno == EMSGSIZE ? 0 : errno;
    }
    return 0;
  }

  int facility_;
  std::string socket_;
  Descriptor fd_;
  std::string message_;
};

struct Facility {
  std::string_view name;
  int number;
};
constexpr std::array<Facility, 12> kFacilities{{{"daemon", LOG_DAEMON},
                                                {"user", LOG_USER},
                                                {"auth", LOG_AUTH},
                                                {"authpriv", LOG_AUTHPRIV},
                                                {"local0", LOG_LOCAL0},
                                                {"local1", LOG_LOCAL1},
                                                {"local2", LOG_LOCAL2},
                                                {"local3", LOG_LOCAL3},
                                                {"local4", LOG_LOCAL4},
                                                {"local5", LOG_LOCAL5},
                                                {"local6", LOG_LOCAL6},
                                                {"local7", LOG_LOCAL7}}};

using Opened = std::expected<std::unique_ptr<SinkDevice>, std::string>;

// "syslog[:FACILITY[:/socket]]"
Opened open_syslog(std::string_view target) {
  auto rest = target.substr(std::string_view("syslog").size());
  if (!rest.empty()) rest.remove_prefix(1);
  auto colon = rest.find(':');
  auto name = rest.substr(0, colon);
  auto socket = colon == std::string_view::npos ? std::string_view("/dev/log") : rest.substr(colon + 1);
  if (!socket.starts_with('/') || socket.size() >= sizeof(sockaddr_un::sun_path))
    return std::unexpected(
        fmt::format("{} needs the absolute path of a socket behind its second colon", config::quote(target)));
  if (name.empty()) name = "daemon";
  for (const auto& each : kFacilities)
    if (each.name == name) return std::make_unique<SyslogDevice>(each.number, std::string(socket));
  std::vector<std::string_view> names;
  std::string all;
  for (const auto& each : kFacilities) {
    names.push_back(each.name);
    all += fmt::format("{}{}", all.empty() ? "" : ", ", each.name);
  }
  return std::unexpected(fmt::format("{} is no syslog facility; there are {}", config::quote(name), all));
}

}  // namespace

Opened SinkDevice::open(std::string_view target) {
  if (target == "stdout") return std::make_unique<StreamDevice>(STDOUT_FILENO);
  if (target == "stderr") return std::make_unique<StreamDevice>(STDERR_FILENO);
  if (target == "syslog" || target.starts_with("syslog:")) return open_syslog(target);
  if (!target.starts_with('/'))
    return std::unexpected(fmt::format(
        "{} is no target; needs \"stdout\", \"stderr\", \"syslog:local0\" or a path", config::quote(target)));
  std::string path(target);
  if (int fault = FileDevice::look(path); fault != 0)
    return std::unexpected(fmt::format("cannot open {}: {}", path, std::strerror(fault)));
  return std::make_unique<FileDevice>(std::move(path));
}

}  // namespace sluice
