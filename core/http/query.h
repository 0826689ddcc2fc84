// Parameters of a query, "a=1&b=2", as they were sent: nothing is decoded. [any-thread]
#pragma once

#include <optional>
#include <string_view>

namespace sluice {

// Value of the first parameter of that name; "" for one without "=". A view into `query`.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

}  // namespace sluice
