#include "stamp.h"

#include <charconv>
#include <ctime>

namespace access_log {
namespace {

constexpr std::int64_t kSecond = 1'000'000;  // microseconds

void append_millis(std::string& out, std::int64_t unix_us) {
  auto millis = unix_us % kSecond / 1000;
  const char digits[] = {'.', static_cast<char>('0' + millis / 100),
                         static_cast<char>('0' + millis / 10 % 10), static_cast<char>('0' + millis % 10)};
  out.append(digits, sizeof digits);
}

}  // namespace

void Stamp::renew(Cached& cached, std::int64_t second, const char* form) {
  if (cached.second == second) return;
  std::time_t time = second;
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  // The C locale's names of months: plugins and gateway never call setlocale().
  cached.size = std::strftime(cached.text.data(), cached.text.size(), form, &utc);
  cached.second = second;
}

void Stamp::append_iso(std::string& out, std::int64_t unix_us) {
  renew(iso_, unix_us / kSecond, "%Y-%m-%dT%H:%M:%S");
  out.append(iso_.text.data(), iso_.size);
  append_millis(out, unix_us);
  out += 'Z';
}

void Stamp::append_clf(std::string& out, std::int64_t unix_us) {
  renew(clf_, unix_us / kSecond, "%d/%b/%Y:%H:%M:%S +0000");
  out.append(clf_.text.data(), clf_.size);
}

void Stamp::append_unix(std::string& out, std::int64_t unix_us) {
  std::array<char, 24> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), unix_us / kSecond).ptr;
  out.append(digits.data(), end);
  append_millis(out, unix_us);
}

}  // namespace access_log
