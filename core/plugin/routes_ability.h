// Ability "sluice.routes/1": the half that create() uses. The half for running exchanges is filled in by whoever runs them.
#pragma once

#include <sluice/ext/routes.h>

namespace sluice {

// count, config, name, upstream_find and listener_find; the other members are null. They answer for the create() call that runs on this
// thread, and with nothing outside one.
sluice_routes_api routes_at_create();

}  // namespace sluice
