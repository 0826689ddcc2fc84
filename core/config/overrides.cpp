// What a listener, upstream or route states itself, over what it takes over.
#include "config/keys.h"

namespace sluice::config {
namespace {

template <class T>
T merged(const T& base, const Overrides<T>& overrides) {
  T result = base;
  auto keys = keys_of<T>().list;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if ((overrides.given >> i) & 1) keys[i].copy(&result, &overrides.values);
  return result;
}

}  // namespace

template <>
Timeouts Overrides<Timeouts>::over(const Timeouts& base) const {
  return merged(base, *this);
}
template <>
Limits Overrides<Limits>::over(const Limits& base) const {
  return merged(base, *this);
}
template <>
DnsSettings Overrides<DnsSettings>::over(const DnsSettings& base) const {
  return merged(base, *this);
}
template <>
RetrySettings Overrides<RetrySettings>::over(const RetrySettings& base) const {
  return merged(base, *this);
}
template <>
Forwarding Overrides<Forwarding>::over(const Forwarding& base) const {
  return merged(base, *this);
}

}  // namespace sluice::config
