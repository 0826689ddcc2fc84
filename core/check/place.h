// Where the checking process is, kept in memory that its parent shares: after a crash or a hang the parent can still say
// which call of the plugin it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::check {

// The shared text, made by the parent before it forks. One writer at a time matters: the thread that runs the plugin's calls.
class PlaceText {
 public:
  static constexpr std::size_t kBytes = 512;
  PlaceText();
  ~PlaceText();
  PlaceText(const PlaceText&) = delete;
  PlaceText& operator=(const PlaceText&) = delete;

  // What stands in it now; empty: not inside the plugin.
  std::string_view view() const;
  void clear();
  // Grows with every call that begins or ends.
  std::uint64_t beats() const;

 private:
  friend class Place;
  struct Shared;
  Shared* shared_;
};

// While it lives, the process is in this call. Nests. Does nothing before use() was called.
class Place {
 public:
  explicit Place(std::string_view what);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  static void use(PlaceText& text);

 private:
  char before_[PlaceText::kBytes];
};

}  // namespace sluice::check
