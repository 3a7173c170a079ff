// Sprig's string algorithms that are more than a line: case styles, wrapping, abbreviations
// (spec 12.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leasehold::gofuncs {

std::string title_words(std::string_view text);
std::string untitle_words(std::string_view text);
std::string swap_case(std::string_view text);
std::string camel_case(std::string_view text);
/// snakecase and kebabcase: joiner is '_' or '-'.
std::string joined_case(std::string_view text, char joiner);
std::string without_spaces(std::string_view text);
std::string initials_of(std::string_view text);
std::string abbreviate(std::string_view text, std::int64_t width);
std::string abbreviate_both(std::string_view text, std::int64_t offset, std::int64_t width);
/// Greedy wrapping at single spaces; bytes count.
std::string wrap_text(std::string_view text, std::int64_t width, std::string_view newline, bool break_words);

}  // namespace leasehold::gofuncs
