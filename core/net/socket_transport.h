// A Transport on a TCP or Unix stream socket, through libuv.
#pragma once

#include <functional>

#include "net/loop.h"
#include "net/transport.h"

namespace sluice {

// Take over a connected, non-blocking socket (from accept4); closes it on failure, then null. `remote` as accept said.
TransportPtr adopt_socket(Loop& loop, int fd, const Address& remote);
// Begin to connect. on_transport_open or on_transport_failed follows, never inside this call. The caller keeps the time.
TransportPtr connect_socket(Loop& loop, const Address& to);
// What connects as connect_socket does: the seam for other transports, and for tests.
using Connector = std::function<TransportPtr(Loop& loop, const Address& to)>;

}  // namespace sluice
