#include "upstream/discovery/hosts_file.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/ascii.h"

namespace sluice {
namespace {

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

}  // namespace

FileMark FileMark::of(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
          nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

FileMark FileMark::of(const std::string& file) {
  struct stat status{};
  return stat(file.c_str(), &status) == 0 ? of(status) : FileMark{};
}

std::vector<Ip> HostsFile::find(std::string_view name) {
  if (const auto now = FileMark::of(file_); now != mark_) {
    mark_ = now;
    read();
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto folded = ascii::lower(name);
  if (const auto found = names_.find(folded); found != names_.end()) return found->second;
  if (folded == "localhost" || folded.ends_with(".localhost"))
    return {*Ip::parse("127.0.0.1"), *Ip::parse("::1")};
  return {};
}

void HostsFile::read() {
  names_.clear();
  std::ifstream lines(file_);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string word;
    if (!(words >> word)) continue;
    const auto ip = Ip::parse(word);
    if (!ip) continue;
    while (words >> word) {
      auto& list = names_[ascii::lower(word)];
      if (std::ranges::find(list, *ip) == list.end()) list.push_back(*ip);
    }
  }
}

}  // namespace sluice
