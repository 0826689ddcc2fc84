// Reads what an [[upstream]] table says itself: endpoints, balancing, checks, retries and so on; not what it takes over from the
// process (dns, timeouts) nor its plugins. One thread, one file.
#pragma once

#include <optional>
#include <string>

#include "config/keys.h"
#include "config/reader.h"

namespace sluice::config {

class UpstreamReader {
 public:
  // `reader` outlives it; problems and canonical text go there.
  explicit UpstreamReader(Reader& reader) : reader_(reader) {}

  // `file`: the configuration's, whose folder endpoints_file is taken from. `zone`: the gateway's.
  void read(Upstream& upstream, const Node& table, const Path& path, const std::string& file,
            const std::string& zone);
  // The conditions of a [retry] table, if it is there and has them.
  void read_retry_on(RetrySettings& retry, const Node* table, const Path& path);

 private:
  template <class T>
  void section(std::string_view key, T& values, const Node* node, const Path& path);
  void read_balance(BalanceSettings& balance, const UpstreamKeys& keys, const Node& table, const Path& path,
                    const std::string& zone);
  void read_statuses(StatusRanges& ranges, const Node& table, std::string_view key, const Path& path);
  void check_sense(const Upstream& upstream, const Node& table, const Path& path);
  void check_request(const CheckSettings& check, const Node& table, const Path& path);
  template <class Take>
  void each_text(const Node& list, const Path& path, Take take);
  void read_endpoints(Upstream& upstream, const UpstreamKeys& keys, const Node& table, const Path& path,
                      const std::string& file);
  std::optional<Endpoint> read_endpoint(const Node& node, const Path& path);

  Reader& reader_;
};

}  // namespace sluice::config
