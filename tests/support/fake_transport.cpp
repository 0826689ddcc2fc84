#include "support/fake_transport.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::test {

Loop& FakeTransport::loop() { return net_.loop_; }

std::size_t FakeTransport::write(std::span<const std::string_view> pieces, bool /*more_follows*/) {
  if (is_broken) return 0;
  std::string bytes;
  for (auto piece : pieces)
    bytes += piece;
  queued += bytes;
  if (is_connecting) return queued.size();
  if (net_.is_due()) {
    // Half of it still gets through.
    sent += queued.substr(0, queued.size() / 2);
    queued.erase(0, queued.size() / 2);
    if (net_.how_ == Fault::stall) {
      is_stalled = true;
      room = 0;
    } else {
      fail_later(UV_EPIPE);
      return 0;
    }
  }
  move_queued();
  return queued.size();
}

void FakeTransport::move_queued() {
  const std::size_t moves = std::min(room, queued.size());
  sent.append(queued, 0, moves);
  queued.erase(0, moves);
  if (room != std::string::npos) room -= moves;
  if (queued.empty() && fin_wanted_) fin_sent = true;
}

void FakeTransport::shut_down() {
  fin_wanted_ = true;
  if (!is_connecting && !is_broken) move_queued();
}

void FakeTransport::close() {
  is_closed = true;
  sink_ = nullptr;
  reset = reset_wanted_;
}

void FakeTransport::fail(int status) {
  if (std::exchange(told_, true)) return;
  is_broken = true;
  is_reading = false;
  if (sink_ != nullptr) sink_->on_transport_failed(status);
}

// As a socket does: from the end of the turn, never inside the caller's own call.
void FakeTransport::fail_later(int status) {
  is_broken = true;
  incoming_error = status;
  net_.loop_.defer(
      [](void* arg) {
        auto& self = *static_cast<FakeTransport*>(arg);
        self.fail(self.incoming_error);
      },
      this);
}

bool FakeTransport::step() {
  if (sink_ == nullptr || told_ || is_stalled) return false;
  if (is_connecting) {
    if (net_.is_due()) {
      if (net_.how_ == Fault::stall) return is_stalled = true;
      connect_status = UV_ECONNREFUSED;
    }
    Turn turn(net_.loop_);
    is_connecting = false;
    if (connect_status != 0) {
      fail(connect_status);
      return true;
    }
    move_queued();
    sink_->on_transport_open();
    return true;
  }
  if (!queued.empty() && room > 0) {
    Turn turn(net_.loop_);
    move_queued();
    if (queued.empty()) sink_->on_transport_drained();
    return true;
  }
  return step_read();
}

bool FakeTransport::step_read() {
  if (!is_reading || (incoming.empty() && incoming_error == 0 && (!incoming_end || end_told_))) return false;
  if (net_.is_due()) {
    incoming.clear();
    if (net_.how_ == Fault::stall) return is_stalled = true;
    incoming_end = net_.how_ == Fault::close;
    if (!incoming_end) incoming_error = UV_ECONNRESET;
  }
  // The shared read buffer of a loop, as strict as can be: its own block, gone right after the turn.
  std::unique_ptr<char[]> block;
  std::size_t size = 0;
  if (incoming_error == 0 && !incoming.empty()) {
    std::string& next = incoming.front();
    size = std::min(net_.cut, next.size());
    block = std::make_unique<char[]>(size);
    std::memcpy(block.get(), next.data(), size);
    next.erase(0, size);
    if (next.empty()) incoming.pop_front();
  }
  Turn turn(net_.loop_);
  if (incoming_error != 0) {
    fail(incoming_error);
  } else if (size > 0) {
    sink_->on_transport_read({block.get(), size});
  } else {
    is_reading = false;
    end_told_ = true;
    sink_->on_transport_eof();
  }
  return true;
}

std::pair<TransportPtr, FakeTransport*> FakeNet::open(std::string_view remote) {
  all_.push_back(std::make_unique<FakeTransport>(*this, *Address::parse(remote)));
  return {TransportPtr(all_.back().get()), all_.back().get()};
}

Connector FakeNet::connector() {
  return [this](Loop&, const Address& to) {
    auto [transport, far] = open(to.text());
    far->is_connecting = true;
    far->is_stalled = connects_hang;
    far->connect_status = connects_refused > 0 ? UV_ECONNREFUSED : connect_status;
    if (connects_refused > 0) --connects_refused;
    connected.push_back(far);
    return std::move(transport);
  };
}

bool FakeNet::step() {
  // In turns, so that no connection starves another.
  for (std::size_t i = 0; i < all_.size(); ++i) {
    turn_ = (turn_ + 1) % all_.size();
    if (all_[turn_]->step()) return true;
  }
  return false;
}

std::size_t FakeNet::alive() const {
  return static_cast<std::size_t>(std::ranges::count_if(all_, [](auto& one) { return !one->is_closed; }));
}

}  // namespace sluice::test
