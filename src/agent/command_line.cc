#include "command_line.h"

#include <algorithm>
#include <cstdio>

#include "leasehold/base/scalars.h"

namespace leasehold::agent {

Result<flags::Parsed> parse_interleaved(std::span<const flags::Row> rows,
                                        std::span<const std::string> arguments) {
  flags::Parsed all;
  while (!arguments.empty()) {
    auto part = flags::parse(rows, arguments);
    if (!part) return part;
    all.help = all.help || part->help;
    for (auto& [name, values] : part->given) {
      auto& place = all.given[name];
      place.insert(place.end(), values.begin(), values.end());
    }
    if (part->positional.empty() || all.help) break;
    const std::size_t used = arguments.size() - part->positional.size();
    const bool literally = used > 0 && arguments[used - 1] == "--";
    const std::size_t taken = literally ? part->positional.size() : 1;
    all.positional.insert(all.positional.end(), part->positional.begin(),
                          part->positional.begin() + static_cast<std::ptrdiff_t>(taken));
    arguments = arguments.subspan(used + taken);
  }
  return all;
}

bool is_on(const flags::Parsed& given, std::string_view flag) {
  const auto value = given.last(flag);
  return value && *parse_bool(*value);
}

std::vector<std::string> values_of(const flags::Parsed& given, std::string_view flag) {
  const auto found = given.given.find(flag);
  return found == given.given.end() ? std::vector<std::string>() : found->second;
}

int usage_error(std::string_view command, std::string_view text) {
  std::fprintf(stderr, "%.*s: %.*s\n`leasehold-agent %.*s -help` lists the options.\n",
               static_cast<int>(command.size()), command.data(), static_cast<int>(text.size()),
               text.data(), static_cast<int>(command.size()), command.data());
  return kUsageError;
}

}  // namespace leasehold::agent
