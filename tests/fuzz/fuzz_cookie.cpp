// Cookies: reading any bytes stays inside them; what is written reads back as the one cookie it was.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/cookie.h"

namespace {

using namespace sluice;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_reading(std::string_view field) {
  for_each_cookie(field, [&](std::string_view name, std::string_view value) {
    require(is_inside(name, field) && is_inside(value, field) && name.find(';') == name.npos);
    require(ascii::trim(name) == name && ascii::trim(value) == value && name.find('=') == name.npos);
    require(cookie_value(field, name).has_value());
    return true;
  });
}

void check_writing(FuzzedDataProvider& input) {
  SetCookie cookie{.name = input.ConsumeRandomLengthString(30), .value = input.ConsumeRandomLengthString(30)};
  cookie.secure = input.ConsumeBool();
  cookie.http_only = input.ConsumeBool();
  cookie.partitioned = input.ConsumeBool();
  cookie.same_site = static_cast<SameSite>(input.ConsumeIntegralInRange(0, 3));
  if (input.ConsumeBool()) cookie.max_age_seconds = input.ConsumeIntegral<long>();
  cookie.path = input.ConsumeRandomLengthString(30);
  cookie.domain = input.ConsumeRandomLengthString(30);
  const auto text = write_set_cookie(cookie);
  if (!text) return require(!text.error().empty());
  require(std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c < 127; }));
  std::size_t parts = 0;
  for_each_cookie(*text, [&](std::string_view name, std::string_view value) {
    if (parts++ == 0) require(name == cookie.name && value == cookie.value);
    return true;
  });
  const std::size_t expected = 1u + !cookie.path.empty() + !cookie.domain.empty() +
                               cookie.max_age_seconds.has_value() + (cookie.same_site != SameSite::unset) +
                               cookie.secure + cookie.http_only + cookie.partitioned;
  require(parts == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_reading({reinterpret_cast<const char*>(data), size});
  FuzzedDataProvider input(data, size);
  check_writing(input);
  return 0;
}
