// template-docs: prints docs/templates.md.
#include <iostream>

#include "function_page.h"

int main() {
  std::cout << leasehold::gofuncs::function_page();
  return std::cout.good() ? 0 : 1;
}
