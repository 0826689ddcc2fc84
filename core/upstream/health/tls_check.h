// The server's part of a TLS handshake: a ClientHello for TLS 1.2 and 1.3 goes out, a ServerHello in answer is a pass.
//
// Written by hand, without a TLS library: keys are not agreed on and the certificate is not looked at, so this says that a TLS server
// is there and takes what we offer, and not that its certificate is good. (A full handshake comes with TLS itself.)
#pragma once

#include "upstream/health/check.h"

namespace sluice {

// A ClientHello in its record (RFC 8446 4.1.2, RFC 5246 7.4.1.2). `server_name`: for SNI; empty: none.
std::string client_hello(std::string_view server_name, std::mt19937_64& random);

// Reads the first bytes of a server: a ServerHello, an alert, or something else. However they are cut up.
class ServerHelloReader {
 public:
  enum class State : std::uint8_t { reading, passed, failed };
  State take(std::string_view bytes);
  // Why it failed: "alert: handshake_failure", "answers, but not with TLS". Of a pass: "ServerHello".
  const std::string& found() const { return found_; }

 private:
  State judge();
  State fail(std::string why);

  std::string record_;     // of the current one, its head included
  std::string handshake_;  // content of handshake records
  std::string found_;
};

class TlsCheck final : public Check {
 public:
  TlsCheck(const Endpoint& endpoint, const CheckSettings& settings, std::mt19937_64& random);

 private:
  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;

  std::string hello_;
  ServerHelloReader reader_;
};

}  // namespace sluice
