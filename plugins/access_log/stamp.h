// Times of requests as text, in UTC. The part that changes once a second is kept. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace access_log {

class Stamp {
 public:
  // "2026-11-24T04:19:02.123Z" (RFC 3339). `unix_us` is microseconds since 1970.
  void append_iso(std::string& out, std::int64_t unix_us);
  // "24/Nov/2026:04:19:02 +0000", as in the common log format.
  void append_clf(std::string& out, std::int64_t unix_us);
  // "1795494742.123"
  static void append_unix(std::string& out, std::int64_t unix_us);

 private:
  struct Cached {
    std::int64_t second = -1;
    std::array<char, 40> text{};
    std::size_t size = 0;
  };
  static void renew(Cached& cached, std::int64_t second, const char* form);

  Cached iso_;
  Cached clf_;
};

}  // namespace access_log
