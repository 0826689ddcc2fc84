// The form of a line, made once from the configuration: literal pieces with fields between them.
#pragma once

#include <sluice/cpp/config.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "field.h"

namespace access_log {

class Line {
 public:
  // From `format` and `fields`. Throws ConfigError at what is wrong.
  static Line from(sluice::Config config);

  // Append the line of `ex`, with its newline.
  void append(std::string& out, sluice::Exchange ex, Stamp& stamp) const;

 private:
  struct Piece {
    std::string before;  // literal text; in JSON the key with its colon
    Field field;
    bool has_field = true;
  };

  void add_json(sluice::Config element);
  void add_template(sluice::Config where, std::string_view text);

  bool is_json_ = true;
  std::vector<Piece> pieces_;
};

}  // namespace access_log
