// One request and its response, as a handle: what hooks read and change. See <sluice/exchange.h> for what is legal where,
// and for how long the views live (at most until the next change of the same thing).
#ifndef SLUICE_CPP_EXCHANGE_HPP
#define SLUICE_CPP_EXCHANGE_HPP

#include <sluice/cpp/host.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sluice SLUICE_HIDDEN {

// Header fields; names match without regard to case.
class Headers {
 public:
  Headers(sluice_exchange* ex, sluice_map map) : ex_(ex), map_(map) {}

  std::optional<std::string_view> get(std::string_view name, std::size_t nth = 0) const {
    sluice_str out{};
    if (api().header_get(ex_, map_, name.data(), name.size(), nth, &out) != SLUICE_OK) return std::nullopt;
    return detail::view(out);
  }
  bool has(std::string_view name) const { return get(name).has_value(); }
  // Replaces all lines of that name by one.
  Status set(std::string_view name, std::string_view value) {
    return api().header_set(ex_, map_, name.data(), name.size(), value.data(), value.size());
  }
  Status add(std::string_view name, std::string_view value) {
    return api().header_add(ex_, map_, name.data(), name.size(), value.data(), value.size());
  }
  Status remove(std::string_view name) { return api().header_remove(ex_, map_, name.data(), name.size()); }

  std::size_t size() const { return api().header_count(ex_, map_); }
  std::pair<std::string_view, std::string_view> at(std::size_t index) const {
    sluice_str name{}, value{};
    api().header_at(ex_, map_, index, &name, &value);
    return {detail::view(name), detail::view(value)};
  }

  struct Iterator {
    const Headers* headers;
    std::size_t index;
    std::pair<std::string_view, std::string_view> operator*() const { return headers->at(index); }
    Iterator& operator++() { return ++index, *this; }
    bool operator!=(const Iterator& other) const { return index != other.index; }
  };
  // for (auto [name, value] : headers); do not change the map meanwhile.
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  static const sluice_exchange_api& api() { return detail::exchange_api(); }

  sluice_exchange* ex_;
  sluice_map map_;
};

// The right to end a wait, once, from any thread. Dropped unused, the wait ends as a failure.
class Token {
 public:
  explicit Token(sluice_token* token) : token_(token) {}
  Token(Token&& other) noexcept : token_(std::exchange(other.token_, nullptr)) {}
  Token& operator=(Token&& other) noexcept {
    std::swap(token_, other.token_);
    return *this;
  }
  ~Token() {
    if (token_) detail::exchange_api().drop(token_);
  }

  explicit operator bool() const { return token_ != nullptr; }
  // False when the exchange has ended meanwhile.
  bool resume(Verdict verdict = Verdict::proceed) {
    return detail::exchange_api().resume(std::exchange(token_, nullptr),
                                         static_cast<sluice_verdict>(verdict));
  }
  sluice_token* release() { return std::exchange(token_, nullptr); }

 private:
  sluice_token* token_;
};

class Exchange {
 public:
  explicit Exchange(sluice_exchange* ex) : ex_(ex) {}

  // ---- texts; the named ones are empty when absent ----
  std::optional<std::string_view> get(sluice_field field) const {
    sluice_str out{};
    if (api().get(ex_, field, &out) != SLUICE_OK) return std::nullopt;
    return detail::view(out);
  }
  Status set(sluice_field field, std::string_view value) {
    return api().set(ex_, field, value.data(), value.size());
  }
  std::string_view text(sluice_field field) const { return get(field).value_or(std::string_view()); }
  std::string_view method() const { return text(SLUICE_METHOD); }
  std::string_view path() const { return text(SLUICE_PATH); }
  std::string_view query() const { return text(SLUICE_QUERY); }
  std::string_view host() const { return text(SLUICE_HOST); }
  std::string_view scheme() const { return text(SLUICE_SCHEME); }
  std::string_view client() const { return text(SLUICE_CLIENT); }
  std::string_view route() const { return text(SLUICE_ROUTE); }
  std::string_view upstream() const { return text(SLUICE_UPSTREAM); }
  std::string_view request_id() const { return text(SLUICE_REQUEST_ID); }

  // ---- numbers ----
  std::int64_t number(sluice_number which) const { return api().number(ex_, which); }
  Status set_number(sluice_number which, std::int64_t value) { return api().set_number(ex_, which, value); }
  int status() const { return static_cast<int>(number(SLUICE_STATUS)); }

  // ---- headers ----
  Headers request() const { return {ex_, SLUICE_REQUEST_HEADERS}; }
  Headers upstream_request() const { return {ex_, SLUICE_UPSTREAM_HEADERS}; }
  Headers response() const { return {ex_, SLUICE_RESPONSE_HEADERS}; }
  Headers headers(sluice_map map) const { return {ex_, map}; }

  // ---- answering here: `return ex.respond(403, "text/plain", "no");` ----
  Verdict respond(int status, std::string_view content_type = {}, std::string_view body = {}) {
    auto done =
        api().respond(ex_, status, content_type.data(), content_type.size(), body.data(), body.size());
    return done == SLUICE_OK ? Verdict::respond : fail("cannot respond here");
  }
  Verdict fail(std::string_view reason) {
    api().fail_reason(ex_, reason.data(), reason.size());
    return Verdict::fail;
  }

  // ---- bodies ----
  // Ask for the whole body, at most `limit` bytes.
  Status whole_request(std::uint64_t limit) { return api().body_whole(ex_, false, limit); }
  Status whole_response(std::uint64_t limit) { return api().body_whole(ex_, true, limit); }
  std::optional<std::string_view> body() const {
    sluice_str out{};
    if (api().body(ex_, &out) != SLUICE_OK) return std::nullopt;
    return detail::view(out);
  }
  // In a body hook: pass this on instead of the piece.
  Status replace_body(std::string_view bytes) { return api().body_replace(ex_, bytes.data(), bytes.size()); }

  // ---- words for the log ----
  Status note(std::string_view name, std::string_view value) {
    return api().note(ex_, name.data(), name.size(), value.data(), value.size());
  }
  std::optional<std::string_view> note(std::string_view name) const {
    sluice_str out{};
    if (api().note_get(ex_, name.data(), name.size(), &out) != SLUICE_OK) return std::nullopt;
    return detail::view(out);
  }

  // Take the token, keep it where the end of the wait is known, and return Verdict::pause.
  Token pause() { return Token(api().pause(ex_)); }

  sluice_exchange* raw() const { return ex_; }

 private:
  static const sluice_exchange_api& api() { return detail::exchange_api(); }

  sluice_exchange* ex_;
};

// A piece of body in a body hook.
class Chunk {
 public:
  explicit Chunk(const sluice_chunk* chunk) : chunk_(chunk) {}
  std::string_view bytes() const { return {chunk_->data, chunk_->length}; }
  bool is_last() const { return chunk_->last; }

 private:
  const sluice_chunk* chunk_;
};

// A T in each exchange that wants one; destroyed with the exchange. Make it in the plugin's constructor, which is refused when
// all slots of the process are taken; `name` is unique in the plugin.
template <class T>
class Slot {
 public:
  explicit Slot(const char* name)
      : number_(detail::exchange_api().slot(detail::host, name,
                                            [](void* value) { delete static_cast<T*>(value); })) {
    if (number_ < 0) throw std::runtime_error("all slots for plugins are taken (the process has 64)");
  }

  T* get(Exchange ex) const { return static_cast<T*>(detail::exchange_api().slot_get(ex.raw(), number_)); }
  // Replaces what was there.
  template <class... Args>
  T& make(Exchange ex, Args&&... args) const {
    auto fresh = std::make_unique<T>(std::forward<Args>(args)...);
    delete get(ex);
    detail::exchange_api().slot_set(ex.raw(), number_, fresh.get());
    return *fresh.release();
  }

 private:
  std::int32_t number_;
};

}  // namespace sluice SLUICE_HIDDEN

#endif
