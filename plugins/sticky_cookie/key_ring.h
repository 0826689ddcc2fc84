// The keys of a use, and the tokens that they seal: where a client's session lives, unreadable and not to be forged.
//
//   token = base64url( key id: 4 | nonce: 24 | sealed(endpoint, issued, seen): 16 | tag: 16 ), always 80 characters
//
// Sealing is XChaCha20-Poly1305, an AEAD: the 128-bit tag stands for the keyed HMAC, over the key's id, the upstream's name and
// what is sealed. Nonces are random, which 192 bits allow for any number of tokens and gateways. Keys are made from the
// configured texts by BLAKE2b, so that gateways with the same text agree. Immutable once made. [any-thread]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sticky_cookie {

// What a token says.
struct Pin {
  std::uint64_t endpoint = 0;  // sluice_endpoint_view.id
  std::uint32_t issued = 0;    // Unix seconds; stays when the token is renewed
  std::uint32_t seen = 0;      // Unix seconds of the last renewal
};

inline constexpr std::size_t kTokenSize = 80;
using Token = std::array<char, kTokenSize>;
inline std::string_view text(const Token& token) { return {token.data(), token.size()}; }

// Whether a text has the form of a token, whoever made it.
bool looks_like_token(std::string_view text);

// Why a text is too easy to guess for a key, with the remedy; empty: it will do.
std::string weakness(std::string_view key_text);

class KeyRing {
 public:
  // The first text's key seals, each of them opens. At least one. Throws std::runtime_error when the library cannot start.
  explicit KeyRing(std::span<const std::string> key_texts);
  // With a random key, the same one for the life of the process.
  static KeyRing of_process();

  Token seal(const Pin& pin, std::string_view upstream) const;

  struct Opened {
    Pin pin;
    bool is_newest_key;
  };
  // Nothing for what is no token, was sealed by an unknown key or for another upstream, or was changed. The tag is compared in
  // constant time.
  std::optional<Opened> open(std::string_view token, std::string_view upstream) const;

 private:
  struct Key {
    std::array<unsigned char, 4> id;
    std::array<unsigned char, 32> secret;
  };
  static Key derive(std::string_view key_text);

  std::vector<Key> keys_;
};

}  // namespace sticky_cookie
