// Any bytes are a template: they parse or are refused with a text that tells the line. The first byte
// picks the delimiters.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "context.h"
#include "denylist.h"
#include "leasehold/gotemplate/program.h"

namespace {

using leasehold::gotemplate::FunctionSet;
using leasehold::gotemplate::ParseOptions;
using leasehold::gotemplate::Program;

constexpr std::size_t kInputMax = 8192;

const FunctionSet& functions() {
  static const FunctionSet* const kFunctions = [] {
    auto* set = new FunctionSet(leasehold::gofuncs::functions_of(leasehold::gofuncs::SprigSet::Full));
    set->add(leasehold::gotemplate::builtin_functions());
    return set;
  }();
  return *kFunctions;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0 || size > kInputMax) return 0;
  static constexpr std::string_view kDelimiters[][2] = {{"", ""}, {"<%", "%>"}, {"|", "|"}, {"a", "b"}, {"{{", "/*"}};
  const auto& pair = kDelimiters[bytes[0] < 0xF0 ? 0 : bytes[0] % 5U];
  const ParseOptions options{.text = {reinterpret_cast<const char*>(bytes + 1), size - 1},
                             .left_delimiter = pair[0],
                             .right_delimiter = pair[1]};
  const auto program = Program::parse(options, functions());
  if (!program && !program.error().message.starts_with("template: :")) std::abort();
  return 0;
}
