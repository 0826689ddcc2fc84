// What is wrong with a configuration, and where: every problem at once, each with its place, its value and the remedy.
//
// Made by the TOML reader, the key tables, the cross checks and plugins' create(); read by `sluice check`, `sluice run` and
// reload. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

// A place in a file. `file` is a view into the Document that was read (see node.h); line and column count from 1, and 0
// means the file as a whole.
struct Position {
  std::string_view file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct Problem {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string path;     // "route[2].timeouts.connect", elements counted from 1; empty: no key in particular
  std::string message;  // names the bad value and the remedy

  // "file:line:column: path: message"; parts that are not known are left out.
  std::string text() const;
};

class Problems {
 public:
  void add(Position at, std::string path, std::string message);
  void add(Problem problem) { list_.push_back(std::move(problem)); }
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  const std::vector<Problem>& list() const { return list_; }
  // In the order of the file. Stable for problems at one place.
  void sort();
  // One line each, newline after every one.
  std::string text() const;

 private:
  std::vector<Problem> list_;
};

// The one of `known` that `name` was most likely meant to be, or nothing: at most a third of its letters differ, or one is
// the beginning of the other. Case, '-' and '_' do not count.
std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

// For messages: the text in double quotes, controls escaped, cut after 80 bytes.
std::string quote(std::string_view text);

}  // namespace sluice::config
