#include "plugin/create_scope.h"

namespace sluice {
namespace {

thread_local CreateScope* open_scope = nullptr;

}  // namespace

CreateScope::CreateScope(const SnapshotBuild& build, config::Problems& problems, std::string path,
                         config::Position position)
    : build_(build), problems_(problems), path_(std::move(path)), position_(position) {
  open_scope = this;
}

CreateScope::~CreateScope() { open_scope = nullptr; }

CreateScope* CreateScope::current() { return open_scope; }

void CreateScope::report(const config::Node* node, std::string_view text) {
  ++reported_;
  // A default stands in no file: the table that lacks the key is the next best place.
  auto at = node && node->line != 0 ? node->position() : position_;
  problems_.add(at, path_, std::string(text));
}

}  // namespace sluice
