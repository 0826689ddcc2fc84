#include "upstream/health/check.h"

#include <fmt/format.h>

#include <array>

#include "upstream/health/http_check.h"
#include "upstream/health/tls_check.h"

namespace sluice {
namespace {

class TcpCheck final : public Check {
  void on_open() override { done(true, "connected"); }
  void on_bytes(std::string_view) override {}
  void on_end() override {}
};

Address asked_at(const Address& address, std::uint16_t port) {
  const auto ip = address.ip();
  return port == 0 || !ip ? address : Address::of(*ip, port);
}

std::unique_ptr<Check> make_check(const Endpoint& endpoint, const CheckSettings& settings,
                                  std::mt19937_64& random) {
  switch (settings.kind) {
    case CheckSettings::Kind::http: return std::make_unique<HttpCheck>(endpoint, settings);
    case CheckSettings::Kind::tls: return std::make_unique<TlsCheck>(endpoint, settings, random);
    case CheckSettings::Kind::tcp:
    case CheckSettings::Kind::none: break;
  }
  return std::make_unique<TcpCheck>();
}

}  // namespace

CheckPtr start_check(Loop& loop, const Connector& connector, const Endpoint& endpoint,
                     const CheckSettings& settings, std::mt19937_64& random, CheckSink& sink) {
  auto check = make_check(endpoint, settings, random);
  if (!check->begin(loop, connector, asked_at(endpoint.address(), settings.port), sink)) return nullptr;
  return CheckPtr(check.release());
}

bool Check::begin(Loop& loop, const Connector& connector, const Address& to, CheckSink& sink) {
  transport_ = connector(loop, to);
  if (transport_ == nullptr) return false;
  loop_ = &loop;
  sink_ = &sink;
  transport_->set_sink(*this);
  return true;
}

void Check::Drop::operator()(Check* check) const {
  check->sink_ = nullptr;
  check->transport_.reset();
  check->loop_->defer([](void* dead) { delete static_cast<Check*>(dead); }, check);
}

void Check::send(std::string_view bytes, std::string_view doing) {
  doing_ = doing;
  transport_->write(std::array{bytes});
}

void Check::done(bool passed, std::string found) {
  CheckSink* sink = std::exchange(sink_, nullptr);
  transport_.reset();
  if (sink != nullptr) sink->on_check_done(passed, std::move(found));
}

void Check::on_transport_open() {
  is_open_ = true;
  transport_->read_start();
  on_open();
}

void Check::on_transport_read(std::string_view bytes) { on_bytes(bytes); }

void Check::on_transport_eof() { on_end(); }

void Check::on_transport_failed(int uv_status) {
  done(false, fmt::format("{}: {}", is_open_ ? "broken" : "connect", uv_strerror(uv_status)));
}

}  // namespace sluice
