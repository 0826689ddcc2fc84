// One upstream of the directory: its group and where its members come from. For directory*.cpp alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "upstream/directory.h"

namespace sluice {

struct Directory::Upstream final : SourceSink {
  struct Feed {
    std::string key;      // all that makes it the same source as one of the snapshot before
    std::string subject;  // what it asks for, however it asks
    std::unique_ptr<Source> source;
    std::vector<Found> found;
    std::uint32_t max_in_flight = 0;
  };
  explicit Upstream(Directory& directory) : owner(directory) {}

  void on_found(Source& source, const std::vector<Found>& found) override;

  Directory& owner;
  std::shared_ptr<Group> group;
  CheckSettings check;
  std::vector<Found> literals;
  std::vector<std::unique_ptr<Feed>> feeds;
  std::vector<std::shared_ptr<Endpoint>> present;
  // Those of the snapshot before, for as long as there would be none otherwise and a source has not had an answer yet.
  std::shared_ptr<const Members> held;
  bool was_short = false;
  bool had_members = false;
};

inline const char* word_of(Directory::State state) {
  return state == Directory::State::draining ? "draining" : "disabled";
}

}  // namespace sluice
