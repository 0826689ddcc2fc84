#include "support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace sluice::test {

namespace {

// In the child, after fork: only async-signal-safe calls until exec. Returns errno of what failed.
int become(const Command& command, char* const* argv, char* const* environment, int output, int errors,
           pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // the parent died before the line above
  setpgid(0, 0);                        // a Ctrl-C meant for the tests goes to the tests
  if (command.open_files) {
    const rlimit limit{*command.open_files, *command.open_files};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return errno;
  }
  const int input = open("/dev/null", O_RDONLY);
  if (dup2(input, 0) < 0 || dup2(errors, 2) < 0) return errno;
  if (command.closed_output) {
    close(1);
  } else if (dup2(output, 1) < 0) {
    return errno;
  }
  execvpe(argv[0], argv, environment);
  return errno;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts)
    list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

int open_for_writing(const std::string& file) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("cannot open " + file + ": " + std::strerror(errno));
  return fd;
}

std::vector<std::string> whole_environment(const std::vector<std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view name(*entry, std::strcspn(*entry, "="));
    const auto replaces = [&](const std::string& other) {
      return other.starts_with(std::string(name) + "=");
    };
    if (std::ranges::none_of(added, replaces)) all.emplace_back(*entry);
  }
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

}  // namespace

Process::Process(const Command& command) {
  const std::vector<std::string> environment = whole_environment(command.environment);
  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> env = pointers(environment);
  const std::string output_file =
      command.output_file.empty() ? (dir_.path() / "output").string() : command.output_file;
  const int output = open_for_writing(output_file);
  const int errors = open_for_writing((dir_.path() / "errors").string());
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    const int fault = become(command, argv.data(), env.data(), output, errors, parent);
    [[maybe_unused]] const auto written = write(report[1], &fault, sizeof fault);
    _exit(127);
  }
  close(report[1]);
  close(output);
  close(errors);
  int fault = 0;
  const bool failed = pid_ < 0 || read(report[0], &fault, sizeof fault) == sizeof fault;
  close(report[0]);
  if (!failed) return;
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  throw std::runtime_error("cannot start " + command.argv[0] + ": " + std::strerror(fault));
}

Process::~Process() {
  if (exit_code_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool Process::is_running() {
  if (exit_code_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Process::signal(int number) {
  if (is_running()) kill(pid_, number);
}

int Process::wait(std::chrono::milliseconds patience) {
  if (!eventually([this] { return !is_running(); }, patience))
    throw std::runtime_error("still running; errors so far:\n" + errors());
  return *exit_code_;
}

std::string Process::output() const { return read_file(dir_.path() / "output"); }
std::string Process::errors() const { return read_file(dir_.path() / "errors"); }

bool Process::wait_for_error_text(std::string_view text, std::size_t offset,
                                  std::chrono::milliseconds patience) {
  bool found = false;
  eventually(
      [&] {
        const bool ended = !is_running();  // asked first: its last words are in the file then
        found = errors().find(text, offset) != std::string::npos;
        return found || ended;
      },
      patience);
  return found;
}

std::size_t Process::private_kib() const {
  std::istringstream lines(read_file("/proc/" + std::to_string(pid_) + "/smaps_rollup"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("Anonymous:")) return std::stoul(line.substr(line.find(':') + 1));
  throw std::runtime_error("no smaps_rollup");
}

std::size_t Process::open_descriptors() const {
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::size_t Process::threads() const {
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid_) + "/task");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

Finished run(const Command& command, std::chrono::milliseconds patience) {
  Process process(command);
  const int code = process.wait(patience);
  return {code, process.output(), process.errors()};
}

}  // namespace sluice::test
