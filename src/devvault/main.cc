// leasehold-devvault: a development Vault in one process.
#include <cstdio>
#include <string>
#include <vector>

#include "leasehold/runtime/signals.h"
#include "options.h"
#include "program.h"

int main(int argc, char** argv) {
  using namespace leasehold;
  runtime::harden_process();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto options = devvault::parse_options(arguments);
  if (!options) {
    std::fprintf(stderr, "%s\nTry leasehold-devvault -help.\n", options.error().message.c_str());
    return 1;
  }
  switch (options->action) {
    case devvault::Action::Help:
      std::fputs(devvault::help_text().c_str(), stdout);
      return 0;
    case devvault::Action::Version:
      std::puts("leasehold-devvault 0.1.0");
      return 0;
    case devvault::Action::Serve:
      break;
  }
  if (const auto ended = devvault::run_program(*options); !ended) {
    std::fprintf(stderr, "leasehold-devvault: %s\n", ended.error().message.c_str());
    return 1;
  }
  return 0;
}
