// HCL1 on standard input becomes JSON on standard output; a mistake is told with its position.
#include <iostream>
#include <iterator>
#include <string>

#include <leasehold/hcl/parser.h>
#include <leasehold/hcl/value.h>

namespace hcl = leasehold::hcl;

int main() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  const auto document = hcl::parse(text);
  if (!document) {
    std::cerr << document.error().message << "\n";
    return 1;
  }
  const auto map = hcl::decode(*document);
  if (!map) {
    std::cerr << map.error().message << "\n";
    return 1;
  }
  std::cout << hcl::to_json(*map) << "\n";
}
