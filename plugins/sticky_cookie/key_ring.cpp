#include "key_ring.h"

#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace sticky_cookie {
namespace {

constexpr std::size_t kIdSize = 4;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kPlainSize = 16;
constexpr std::size_t kRawSize = kIdSize + kNonceSize + kPlainSize + kTagSize;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
static_assert((kRawSize * 8 + 5) / 6 == kTokenSize);

// 32 random hex digits, the shortest that will do, carry 128 bits; the estimate below sees at least 96 of them.
constexpr std::size_t kLeastCharacters = 32;
constexpr double kLeastBits = 96;

// Domain separation: keys of other uses of the same text are others. 16 bytes.
constexpr unsigned char kPersonal[crypto_generichash_blake2b_PERSONALBYTES + 1] = "sluice sticky 01";

void store(unsigned char* at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    at[i] = static_cast<unsigned char>(value >> (8 * i));
}

std::uint64_t load(const unsigned char* at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= std::uint64_t{at[i]} << (8 * i);
  return value;
}

void start_library() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start: the system gives no random bytes");
}

// Bits of a text of which only the shares of its characters are known.
double entropy(std::string_view text) {
  std::array<std::size_t, 256> counts{};
  for (const unsigned char c : text)
    ++counts[c];
  double bits = 0;
  for (const auto count : counts)
    if (count != 0)
      bits -= static_cast<double>(count) *
              std::log2(static_cast<double>(count) / static_cast<double>(text.size()));
  return bits;
}

// What the tag covers beside the pin.
std::string associated(std::span<const unsigned char> id, std::string_view upstream) {
  std::string out(reinterpret_cast<const char*>(id.data()), id.size());
  out += upstream;
  return out;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

bool looks_like_token(std::string_view text) {
  return text.size() == kTokenSize && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

std::string weakness(std::string_view key_text) {
  static constexpr auto remedy = "; make one with `openssl rand -base64 32`";
  if (key_text.size() < kLeastCharacters)
    return "has " + std::to_string(key_text.size()) + " characters; at least " +
           std::to_string(kLeastCharacters) + " random ones are needed" + remedy;
  if (entropy(key_text) < kLeastBits)
    return "is too easy to guess: few different characters that repeat" + std::string(remedy);
  return {};
}

KeyRing::KeyRing(std::span<const std::string> key_texts) {
  start_library();
  for (const auto& each : key_texts)
    keys_.push_back(derive(each));
}

KeyRing KeyRing::of_process() {
  static const std::string text = [] {
    start_library();
    std::string random(32, '\0');
    randombytes_buf(random.data(), random.size());
    return random;
  }();
  return KeyRing(std::span(&text, 1));
}

KeyRing::Key KeyRing::derive(std::string_view key_text) {
  Key key{};
  std::array<unsigned char, sizeof key.id + sizeof key.secret> both{};
  crypto_generichash_blake2b_salt_personal(both.data(), both.size(), bytes(key_text), key_text.size(),
                                           nullptr, 0, nullptr, kPersonal);
  std::copy_n(both.begin(), key.id.size(), key.id.begin());
  std::copy_n(both.begin() + kIdSize, key.secret.size(), key.secret.begin());
  return key;
}

Token KeyRing::seal(const Pin& pin, std::string_view upstream) const {
  const auto& key = keys_.front();
  std::array<unsigned char, kPlainSize> plain{};
  store(plain.data(), pin.endpoint, 8);
  store(plain.data() + 8, pin.issued, 4);
  store(plain.data() + 12, pin.seen, 4);
  std::array<unsigned char, kRawSize> raw{};
  std::ranges::copy(key.id, raw.begin());
  auto* nonce = raw.data() + kIdSize;
  randombytes_buf(nonce, kNonceSize);
  const auto covered = associated(key.id, upstream);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceSize, nullptr, plain.data(), plain.size(),
                                             bytes(covered), covered.size(), nullptr, nonce,
                                             key.secret.data());
  std::array<char, kTokenSize + 1> encoded{};
  sodium_bin2base64(encoded.data(), encoded.size(), raw.data(), raw.size(), kVariant);
  Token token{};
  std::copy_n(encoded.begin(), kTokenSize, token.begin());
  return token;
}

std::optional<KeyRing::Opened> KeyRing::open(std::string_view token, std::string_view upstream) const {
  if (token.size() != kTokenSize) return std::nullopt;
  std::array<unsigned char, kRawSize> raw{};
  std::size_t size = 0;
  if (sodium_base642bin(raw.data(), raw.size(), token.data(), token.size(), nullptr, &size, nullptr,
                        kVariant) != 0 ||
      size != raw.size())
    return std::nullopt;
  // The id is no secret: it only says which key to try.
  const auto key = std::ranges::find_if(
      keys_, [&](const Key& each) { return std::memcmp(each.id.data(), raw.data(), kIdSize) == 0; });
  if (key == keys_.end()) return std::nullopt;
  const auto* nonce = raw.data() + kIdSize;
  const auto covered = associated(key->id, upstream);
  std::array<unsigned char, kPlainSize> plain{};
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, nonce + kNonceSize,
                                                 kPlainSize + kTagSize, bytes(covered), covered.size(), nonce,
                                                 key->secret.data()) != 0)
    return std::nullopt;
  const Pin pin{load(plain.data(), 8), static_cast<std::uint32_t>(load(plain.data() + 8, 4)),
                static_cast<std::uint32_t>(load(plain.data() + 12, 4))};
  return Opened{pin, key == keys_.begin()};
}

}  // namespace sticky_cookie
