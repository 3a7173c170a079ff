// lint-docs: prints docs/lint.md.
#include <iostream>

#include "lint_rules.h"

int main() {
  std::cout << leasehold::agent::lint::reference_page();
  return std::cout.good() ? 0 : 1;
}
