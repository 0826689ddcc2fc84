// Feeds bytes to a codec and writes down what it delivers, as text that a test can compare.
//
// Also used by the fuzz targets: the same bytes must give the same text however they are cut up.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1/h1_codec.h"

namespace sluice::test {

// Given how many bytes are left, how many come next (1 or more).
using Cut = std::function<std::size_t(std::size_t left)>;

struct Replay {
  Role role = Role::server;
  HttpLimits limits = {};
  std::vector<std::string> methods = {};  // Role::client: what the responses answer, in order; then GET
  bool ends = true;                       // the input ends after the bytes
};

// The events of `bytes`, one line each, data of one message joined:
//   head GET /x?y 1.1 authority=a path=/x query=y length=3 keep
//     Host: a
//   data abc
//   trailers
//     X: y
//   end
//   abort bad_request
//   rest ...            (what follows a switch of protocols)
// Heads say: framing ("none", "length=N", "chunked", "close"), "keep" or "once", then "expect" and "upgrade=..." if so.
std::string transcript(std::string_view bytes, const Replay& replay, const Cut& cut);

// The transcript of the whole, after checking (a Catch2 check) that it is the same byte by byte and cut at each offset.
std::string events(std::string_view bytes, const Replay& replay = {});
inline std::string response_events(std::string_view bytes, std::vector<std::string> methods = {}) {
  return events(bytes, {.role = Role::client, .methods = std::move(methods)});
}

// The word of the abort that the bytes end in; "" when there is none.
std::string abort_of(std::string_view bytes, const Replay& replay = {});
inline std::string response_abort_of(std::string_view bytes, std::vector<std::string> methods = {}) {
  return abort_of(bytes, {.role = Role::client, .methods = std::move(methods)});
}

}  // namespace sluice::test
