// Upper, lower and title case as Go's unicode package maps it: one rune to one rune.
#pragma once

#include <string>
#include <string_view>

namespace leasehold::gofuncs {

char32_t to_upper_rune(char32_t code);
char32_t to_lower_rune(char32_t code);
char32_t to_title_rune(char32_t code);
/// Whole texts; invalid bytes become U+FFFD.
std::string to_upper_text(std::string_view text);
std::string to_lower_text(std::string_view text);
/// `toTitle`: the first cased letter of every word gets title case.
std::string to_title_text(std::string_view text);
/// Unicode White_Space.
bool is_unicode_space(char32_t code);
/// Without the runes of White_Space at both ends.
std::string_view trim_unicode_space(std::string_view text);

}  // namespace leasehold::gofuncs
