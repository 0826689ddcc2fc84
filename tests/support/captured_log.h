// What the gateway's log says while this lives: standard error goes to a file. One at a time.
#pragma once

#include <string>
#include <string_view>

#include "support/temp_dir.h"

namespace sluice::test {

class CapturedLog {
 public:
  CapturedLog();
  ~CapturedLog();
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::string text() const;
  // How often `part` stands in it.
  std::size_t count(std::string_view part) const;

 private:
  TempDir dir_;
  int saved_ = -1;
};

}  // namespace sluice::test
