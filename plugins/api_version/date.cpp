#include "date.h"

#include <chrono>
#include <cstdio>

namespace api_version {
namespace {

using namespace std::chrono;

// Takes digits off the front of a text.
struct Reader {
  std::string_view rest;
  bool is_good = true;

  int digits(std::size_t count) {
    int value = 0;
    is_good = is_good && rest.size() >= count;
    for (std::size_t i = 0; is_good && i < count; ++i) {
      is_good = rest[i] >= '0' && rest[i] <= '9';
      value = value * 10 + (rest[i] - '0');
    }
    if (is_good) rest.remove_prefix(count);
    return value;
  }
  void mark(std::string_view any_of) {
    is_good = is_good && !rest.empty() && any_of.find(rest.front()) != std::string_view::npos;
    if (is_good) rest.remove_prefix(1);
  }
};

// Minutes east of UTC: "Z", "+02:00".
int read_offset(Reader& reader) {
  const char sign = reader.rest.empty() ? ' ' : reader.rest.front();
  reader.mark("Zz+-");
  if (!reader.is_good || sign == 'Z' || sign == 'z') return 0;
  const int hours = reader.digits(2);
  reader.mark(":");
  const int minutes = reader.digits(2);
  reader.is_good = reader.is_good && hours < 24 && minutes < 60;
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
  Reader reader{text};
  const int years = reader.digits(4);
  reader.mark("-");
  const int months = reader.digits(2);
  reader.mark("-");
  const int days = reader.digits(2);
  const year_month_day date{year{years}, month{static_cast<unsigned>(months)},
                            day{static_cast<unsigned>(days)}};
  if (!reader.is_good || !date.ok()) return std::nullopt;
  const auto midnight = sys_seconds(sys_days(date)).time_since_epoch().count();
  if (reader.rest.empty()) return midnight;

  reader.mark("Tt ");
  const int hour = reader.digits(2);
  reader.mark(":");
  const int minute = reader.digits(2);
  reader.mark(":");
  const int second = reader.digits(2);
  if (reader.rest.starts_with('.')) {
    const auto end = reader.rest.find_first_not_of("0123456789", 1);
    reader.is_good = reader.is_good && end != 1 && end != std::string_view::npos;
    if (reader.is_good) reader.rest.remove_prefix(end);
  }
  const int offset = read_offset(reader);
  if (!reader.is_good || !reader.rest.empty() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return midnight + hour * 3600 + minute * 60 + second - offset * 60;
}

std::string http_date(std::int64_t unix_seconds) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds at{seconds{unix_seconds}};
  const auto midnight = floor<days>(at);
  const year_month_day date{midnight};
  const hh_mm_ss time{at - midnight};
  char out[64];
  const int size = std::snprintf(
      out, sizeof out, "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[weekday{midnight}.c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return {out, static_cast<std::size_t>(size)};
}

}  // namespace api_version
