// Fills a struct from a table by the struct's keys, and writes down what it means as canonical text.
//
// The canonical text names each key with its parsed value, default or given, so that "1s" and "1000ms" or a key left out
// and one that states its default give the same bytes. One thread, one file.
#pragma once

#include <cstdint>
#include <string>

#include "config/check.h"

namespace sluice::config {

class Reader {
 public:
  // Both outlive the reader and are appended to.
  Reader(Problems& problems, std::string& canonical) : problems_(problems), canonical_(canonical) {}

  // Every member of `object`: from `table` (null: nothing is given) or its default. Reports wrong, missing and unknown keys.
  template <class T>
  void fill(T& object, const Node* table, const Keys<T>& keys, const Path& path) {
    read(&object, table, keys.list, path, kAnywhere, true, true);
  }
  // Likewise, but unknown keys are left for others to judge.
  template <class T>
  void fill_known(T& object, const Node* table, const Keys<T>& keys, const Path& path) {
    read(&object, table, keys.list, path, kAnywhere, true, false);
  }
  // Only what is given; bit i of the result is set when keys.list[i] was. Keys that do not belong to `level` are reported.
  template <class T>
  std::uint64_t fill_given(T& object, const Node* table, const Keys<T>& keys, const Path& path, Level level) {
    return read(&object, table, keys.list, path, level, level == kProcess, true);
  }

  Problems& problems() { return problems_; }
  std::string& canonical() { return canonical_; }

 private:
  std::uint64_t read(void* object, const Node* table, std::span<const Key> keys, const Path& path,
                     std::uint8_t level, bool with_defaults, bool unknown_is_problem);
  void check_names(const Node& table, std::span<const Key> keys, const Path& path, std::uint8_t level,
                   bool unknown_is_problem);
  void write(const Key& key, const Value& value);

  Problems& problems_;
  std::string& canonical_;
};

}  // namespace sluice::config
