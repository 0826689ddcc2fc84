// Says in a response header which build of it is at work, and that its object was made for the snapshot that uses it.
#include <sluice/plugin.hpp>

namespace {

class Stamp {
 public:
  explicit Stamp(const sluice::Create&) {}
  void on_response(sluice::Exchange ex) { ex.response().set("X-Build", STAMP); }
};

}  // namespace

SLUICE_PLUGIN(Stamp, "stamp")
