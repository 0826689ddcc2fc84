#include <CLI/CLI.hpp>
#include "server/gateway.h"
#include "base/log.h"
#include "exchange/exchange.h"
#include <iostream>
#include <csignal>
namespace sluice { sluice_status proto_select(sluice_exchange* ex) { return static_cast<Exchange&>(*ex).select_route(0);} }
int main(int argc, char** argv) {
  using namespace sluice;
  signal(SIGPIPE, SIG_IGN);
  SnapshotBuilder builder;
  auto config = config::load(argv[argc-1]);
  if (!config) { std::cerr << config.error().text(); return 1; }
  auto snapshot = builder.build(*config, (*config)->workers);
  Gateway gateway(builder, argv[argc-1]);
  auto ok = gateway.start(*snapshot);
  if (!ok) { std::cerr << ok.error() << "\n"; return 1; }
  return gateway.run();
}
