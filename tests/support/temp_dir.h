// A folder of a test's own, gone with all that is in it when the test ends.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Create or replace a file in it whole (written beside and renamed over); returns its path.
  std::string write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

// A file's bytes; empty when there is none.
std::string read_file(const std::filesystem::path& file);

}  // namespace sluice::test
