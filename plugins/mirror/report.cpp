#include "report.h"

#include <sluice/plugin.hpp>

#include <utility>

namespace mirror {
namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

void record(sluice_log_level level, std::string_view text, const Fields& fields) {
  const auto* log = sluice::ability<sluice_log_api>(SLUICE_LOG);
  if (!log) return;
  std::vector<sluice_str> names, values;
  for (auto [name, value] : fields) {
    names.push_back({name.data(), name.size()});
    values.push_back({value.data() ? value.data() : "", value.size()});
  }
  log->record(level, nullptr, sluice::detail::plugin_name, text.data(), text.size(), names.data(),
              values.data(), names.size());
}

}  // namespace

bool Allowance::take(std::uint64_t now_us) {
  constexpr std::uint64_t kMinute = 60'000'000;
  constexpr int kCountBits = 32;
  const auto minute = (now_us / kMinute + 1) << kCountBits;
  auto seen = window_.load(std::memory_order_relaxed);
  for (;;) {
    const auto current = seen >> kCountBits << kCountBits;
    const auto taken = current == minute ? seen & 0xffff'ffff : 0;
    if (taken >= most_) return false;
    if (window_.compare_exchange_weak(seen, minute | (taken + 1), std::memory_order_relaxed)) return true;
  }
}

Report::Report(std::uint32_t log_lines)
    : timer_(sluice::ability<sluice_timer_api>(SLUICE_TIMER)),
      differences_(log_lines),
      failures_(log_lines) {}

Report::~Report() {
  if (sent_ == 0 && dropped_ == 0) return;
  record(SLUICE_INFO, "copies until the end of this configuration",
         {{"sent", text(sent_)},
          {"dropped", text(dropped_)},
          {"answered", text(answered_)},
          {"failed", text(failed_)},
          {"compared", text(compared_)},
          {"different", text(different_)}});
}

void Report::failed(std::string_view request_id, std::string_view reason, std::string_view detail) {
  add(failed_);
  if (!failures_.take(now_us())) return;
  record(SLUICE_WARN, "a copy had no answer",
         {{"request_id", request_id}, {"reason", reason}, {"detail", detail}, {"failed", text(failed_)}});
}

void Report::compared(std::string_view request_id, const std::vector<Difference>& found) {
  add(compared_);
  if (found.empty()) return;
  add(different_);
  if (!differences_.take(now_us())) return;
  std::string what;
  for (const auto& each : found)
    what += (what.empty() ? "" : ", ") + each.what;
  // One pair of values: what differs first says most.
  record(SLUICE_WARN, "the copy's answer is another",
         {{"request_id", request_id},
          {"differs", what},
          {"main", found.front().main},
          {"copy", found.front().copy},
          {"different", text(different_)},
          {"compared", text(compared_)}});
}

}  // namespace mirror
