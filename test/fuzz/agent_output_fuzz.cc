// Any bytes as a secret's data, in every format: no crash, and no line feed where a format has lines.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "typed_output.h"

namespace agent = leasehold::agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const agent::OutputFormat& format : agent::output_formats()) {
    agent::OutputConfig output;
    output.format = format.name;
    output.database = "app";
    const auto file = agent::format_output(output, text);
    if (!file) {
      if (file.error().message.empty()) std::abort();
      continue;
    }
    const std::string_view bytes = file->expose();
    const bool one_line = format.name == "pgpass" || format.name == "jdbc" || format.name == "json";
    if (one_line && std::count(bytes.begin(), bytes.end(), '\n') != 1) std::abort();
    if (bytes.find('\0') != std::string_view::npos) std::abort();
  }
  return 0;
}
