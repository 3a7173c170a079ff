#include "case_mapping.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "case_tables.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::append_rune;
using gotemplate::decode_rune;
using gotemplate::Rune;

char32_t map_rune(char32_t code, std::span<const CaseRun> runs) {
  const auto after = std::ranges::upper_bound(runs, code, {}, &CaseRun::first);
  if (after == runs.begin()) return code;
  // Runs of stride 2 interleave, so the one before may fit as well.
  for (auto run = std::prev(after);; --run) {
    if (code <= run->last && (code - run->first) % run->stride == 0) {
      return static_cast<char32_t>(static_cast<std::int32_t>(code) + run->delta);
    }
    if (run == runs.begin() || after - run > 3) return code;
  }
}

template <class Map>
std::string map_text(std::string_view text, Map map) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    append_rune(out, map(rune.code));
    text.remove_prefix(rune.width);
  }
  return out;
}

bool is_cased(char32_t code) {
  return to_upper_rune(code) != code || to_lower_rune(code) != code || 
         std::ranges::find(kFullTitles, code, &FullTitle::code) != std::end(kFullTitles);
}

/// Between letters these do not end a word.
bool joins_words(char32_t code) {
  return code == '\'' || code == '.' || code == '_' || code == 0x2019 || code == ':' || code == 0xB7;
}

}  // namespace

char32_t to_upper_rune(char32_t code) {
  if (code < 0x80) return code >= 'a' && code <= 'z' ? code - 32 : code;
  return map_rune(code, kUpperRuns);
}

char32_t to_lower_rune(char32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
  return map_rune(code, kLowerRuns);
}

char32_t to_title_rune(char32_t code) {
  if (code < 0x80) return to_upper_rune(code);
  const char32_t title = map_rune(code, kTitleRuns);
  return title == code ? (std::ranges::any_of(kTitleRuns, [code](const CaseRun& run) {
    return code >= run.first && code <= run.last && run.delta == 0;
  })
                              ? code
                              : map_rune(code, kUpperRuns))
                       : title;
}

std::string to_upper_text(std::string_view text) { return map_text(text, to_upper_rune); }
std::string to_lower_text(std::string_view text) { return map_text(text, to_lower_rune); }

std::string to_title_text(std::string_view text) {
  std::string out;
  bool titled = false;  // this word has its capital
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    const bool in_word = gotemplate::is_name_rune(rune.code) || is_cased(rune.code) || joins_words(rune.code);
    if (!in_word) titled = false;
    if (in_word && !titled && is_cased(rune.code)) {
      const auto* full = std::ranges::find(kFullTitles, rune.code, &FullTitle::code);
      if (full != std::end(kFullTitles)) {
        out += full->text;
      } else {
        append_rune(out, to_title_rune(rune.code));
      }
      titled = true;
    } else {
      append_rune(out, rune.code);
    }
    text.remove_prefix(rune.width);
  }
  return out;
}

bool is_unicode_space(char32_t code) {
  return (code >= 9 && code <= 13) || code == ' ' || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

std::string_view trim_unicode_space(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (!is_unicode_space(rune.code)) break;
    text.remove_prefix(rune.width);
  }
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80) --start;
    const Rune rune = decode_rune(text.substr(start));
    if (!is_unicode_space(rune.code) || start + rune.width != text.size()) break;
    text.remove_suffix(rune.width);
  }
  return text;
}

}  // namespace leasehold::gofuncs
