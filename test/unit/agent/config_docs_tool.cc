// agent-config-docs: prints docs/agent-configuration.md.
#include <iostream>

#include "config_tables.h"

int main() {
  std::cout << leasehold::agent::config::configuration_page();
  return std::cout.good() ? 0 : 1;
}
