// An operator of the gateway under test: its admin socket in a folder of its own, and `sluice endpoints` on it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/http_text.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace sluice::test {

class Operator {
 public:
  std::string socket() const { return (dir_.path() / "admin.sock").string(); }
  // For the top of a configuration.
  std::string key() const { return "admin = \"unix:" + socket() + "\"\n"; }

  // `sluice endpoints --socket SOCKET arguments...`
  Finished says(std::vector<std::string> arguments) const;
  // The same, which must succeed: throws with what it printed. Returns its output.
  std::string orders(std::vector<std::string> arguments) const;
  // What the gateway knows of an upstream, as JSON.
  nlohmann::json sees(const std::string& upstream) const;
  // The endpoint's part of that; null when it is not there.
  nlohmann::json sees(const std::string& upstream, const std::string& endpoint) const;
  // One request to the socket, as curl would make it.
  Message asks(std::string_view request) const;

 private:
  TempDir dir_;
};

}  // namespace sluice::test
