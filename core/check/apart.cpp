#include "check/apart.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "check/place.h"

namespace sluice::check {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookEveryMs = 200;  // at the child's heartbeat, while it says nothing
constexpr std::string_view kDone = "done";

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void write_line(int fd, std::string line) {
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const auto sent = ::write(fd, rest.data(), rest.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) ::_exit(1);  // the parent is gone
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// The line of its output that tells most.
std::string last_words(int fd) {
  std::string all;
  char block[4096];
  ::lseek(fd, 0, SEEK_SET);
  while (all.size() < (1u << 20)) {
    const auto got = ::read(fd, block, sizeof block);
    if (got <= 0) break;
    all.append(block, static_cast<std::size_t>(got));
  }
  std::string last, telling;
  for (std::size_t at = 0; at < all.size();) {
    const auto end = std::min(all.find('\n', at), all.size());
    auto line = all.substr(at, end - at);
    at = end + 1;
    if (line.empty()) continue;
    for (auto word : {"ERROR: ", "terminate called", "what():", "runtime error:", "ssertion"})
      if (telling.empty() && line.find(word) != std::string::npos) telling = line;
    last = std::move(line);
  }
  return (telling.empty() ? last : telling).substr(0, 300);
}

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "plugin-check-XXXXXX").string();
  Folder() {
    if (::mkdtemp(path.data()) == nullptr) throw_errno("mkdtemp");
  }
  ~Folder() {
    std::error_code fault;
    std::filesystem::remove_all(path, fault);
  }
};

[[noreturn]] void be_child(int report, int output, const std::string& folder, PlaceText& place,
                           const std::function<void(const std::function<void(const std::string&)>&)>& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (::chdir(folder.c_str()) != 0) ::_exit(1);
  Place::use(place);
  work([report](const std::string& line) { write_line(report, line); });
  write_line(report, std::string(kDone));
  // Without running destructors: threads of the plugin may live.
  ::_exit(0);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was ended by SIG{} ({})", sigabbrev_np(WTERMSIG(status)),
                       strsignal(WTERMSIG(status)));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

ApartEnd run_apart(std::chrono::milliseconds patience, const std::function<void(const std::string&)>& on_line,
                   const std::function<void(const std::function<void(const std::string&)>&)>& work) {
  Folder folder;
  PlaceText place;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe");
  const int output = ::memfd_create("plugin-check-output", MFD_CLOEXEC);
  if (output < 0) throw_errno("memfd_create");
  const pid_t child = ::fork();
  if (child < 0) throw_errno("fork");
  if (child == 0) {
    ::close(ends[0]);
    be_child(ends[1], output, folder.path, place, work);
  }
  ::close(ends[1]);

  ApartEnd end;
  std::string pending;
  auto heard_at = Clock::now();
  auto beats = place.beats();
  bool is_hung = false;
  for (;;) {
    pollfd wait{ends[0], POLLIN, 0};
    const int ready = ::poll(&wait, 1, kLookEveryMs);
    if (ready > 0) {
      char block[4096];
      const auto got = ::read(ends[0], block, sizeof block);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      pending.append(block, static_cast<std::size_t>(got));
      for (std::size_t at; (at = pending.find('\n')) != std::string::npos;) {
        const auto line = pending.substr(0, at);
        pending.erase(0, at + 1);
        if (line == kDone)
          end.is_whole = true;
        else
          on_line(line);
      }
      heard_at = Clock::now();
    } else if (place.beats() != beats) {
      beats = place.beats();
      heard_at = Clock::now();
    } else if (Clock::now() - heard_at > patience) {
      is_hung = true;
      ::kill(child, SIGKILL);
      break;
    }
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (!end.is_whole) {
    end.how = is_hung
                  ? fmt::format("did not come back within {} s", static_cast<double>(patience.count()) / 1000)
                  : how_it_ended(status);
    end.where = place.view();
    end.last_words = last_words(output);
  }
  ::close(output);
  return end;
}

}  // namespace sluice::check
