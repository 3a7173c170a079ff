// Unicode letters (L*) and decimal digits (Nd) outside ASCII, for identifiers. The tables are made by
// make_unicode_letters.py.
#pragma once

#include <cstddef>
#include <cstdint>

namespace leasehold::hcl {

struct CharacterRange {
  char32_t first;
  char32_t last;
};

extern const CharacterRange kLetters[];
extern const std::size_t kLetterCount;
extern const CharacterRange kDigits[];
extern const std::size_t kDigitCount;

}  // namespace leasehold::hcl
