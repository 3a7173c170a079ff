#include "template_text.h"

#include <charconv>

#include "leasehold/base/limits.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

/// `12:` at the front of text, taken off; 0 when there is none.
std::size_t take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (failure != std::errc() || digits >= text.size() || *end != ':') return 0;
  text.remove_prefix(digits + 1);
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::string template_label(const TemplateBlock& block) {
  return block.source.empty() ? "(dynamic)" : block.source;
}

Result<std::string> template_text(const TemplateBlock& block) {
  if (block.source.empty()) return block.contents;
  auto text = runtime::read_file(block.source, limits::kConfigFileBytesMax);
  if (!text) return invalid("failed to read template: " + text.error().message);
  return text;
}

gofuncs::TemplateOptions template_options(const TemplateBlock& block, std::string text) {
  gofuncs::TemplateOptions options;
  options.source_name = template_label(block);
  options.contents = std::move(text);
  options.left_delimiter = block.left_delimiter;
  options.right_delimiter = block.right_delimiter;
  options.error_on_missing_key = block.error_on_missing_key;
  options.function_denylist = block.function_denylist;
  options.sandbox_path = block.sandbox_path;
  options.destination = block.destination;
  return options;
}

PlacedError place_of(std::string_view error) {
  if (!take(error, "parse: ")) take(error, "execute: ");
  PlacedError placed;
  std::string_view rest = error;
  // The name between the first colons is that of the template inside the text, mostly empty.
  if (take(rest, "template: ")) {
    const std::size_t colon = rest.find(':');
    if (colon != std::string_view::npos) {
      rest.remove_prefix(colon + 1);
      const std::string_view numbered = rest;
      placed.line = take_number(rest);
      if (placed.line != 0 && rest.data() != numbered.data()) {
        const std::size_t digits = rest.find(':');
        const bool has_column = digits != std::string_view::npos && digits > 0 &&
                                rest.find_first_not_of("0123456789") == digits;
        if (has_column) placed.column = take_number(rest) + 1;
      }
    }
  }
  if (placed.line == 0) rest = error;
  take(rest, " ");
  placed.text = rest;
  return placed;
}

}  // namespace leasehold::agent
