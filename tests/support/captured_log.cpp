#include "support/captured_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace sluice::test {

CapturedLog::CapturedLog() {
  std::fflush(stderr);
  saved_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const int file = open((dir_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (saved_ < 0 || file < 0 || dup2(file, STDERR_FILENO) < 0)
    throw std::runtime_error("cannot capture standard error");
  close(file);
}

CapturedLog::~CapturedLog() {
  std::fflush(stderr);
  dup2(saved_, STDERR_FILENO);
  close(saved_);
}

std::string CapturedLog::text() const { return read_file(dir_.path() / "log"); }

std::size_t CapturedLog::count(std::string_view part) const {
  const auto all = text();
  std::size_t found = 0;
  for (auto at = all.find(part); at != all.npos; at = all.find(part, at + part.size()))
    ++found;
  return found;
}

}  // namespace sluice::test
