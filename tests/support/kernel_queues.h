// What the kernel holds of the TCP connections of this machine, by port, as /proc/net/tcp tells it.
//
//   sender --> its send queue --> the receiver's receive queue --> receiver
//
// With it a test can say to the byte what a program in between holds in its own memory: what went in, less what came out, less
// what is in the queues. That is true of any build on any machine; the memory of a process is not (allocators and sanitizers
// keep what is freed).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::test {

// Bytes in the queues of both ends of all connections to and from this port of 127.0.0.1. Exact once they rest: bytes on
// their way, and those that the receiver has not yet acknowledged, stand in two queues. Throws when the table is not there.
std::size_t bytes_queued_at(std::uint16_t port);

}  // namespace sluice::test
