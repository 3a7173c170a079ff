#include "go_strings.h"

#include <algorithm>

#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gofuncs {

using gotemplate::decode_rune;
using gotemplate::Rune;

namespace {

bool in_set(std::string_view set, char32_t code) {
  while (!set.empty()) {
    const Rune rune = decode_rune(set);
    if (rune.code == code) return true;
    set.remove_prefix(rune.width);
  }
  return false;
}

}  // namespace

std::string_view trim_runes(std::string_view text, std::string_view cutset) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (!in_set(cutset, rune.code)) break;
    text.remove_prefix(rune.width);
  }
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80) --start;
    Rune rune = decode_rune(text.substr(start));
    if (start + rune.width != text.size()) rune = {};
    if (!in_set(cutset, rune.code)) break;
    text.remove_suffix(rune.width);
  }
  return text;
}

std::vector<std::string> split_at(std::string_view text, std::string_view separator, std::int64_t count) {
  std::vector<std::string> parts;
  if (count == 0) return parts;
  const auto full = [&parts, count] { return count > 0 && static_cast<std::int64_t>(parts.size()) == count - 1; };
  if (separator.empty()) {
    while (!text.empty() && !full()) {
      const std::size_t width = decode_rune(text).width;
      parts.emplace_back(text.substr(0, width));
      text.remove_prefix(width);
    }
    if (!text.empty()) parts.emplace_back(text);
    return parts;
  }
  while (!full()) {
    const std::size_t place = text.find(separator);
    if (place == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, place));
    text.remove_prefix(place + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

std::string replace_text(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  if (from.empty()) {
    out += to;
    while (!text.empty()) {
      const std::size_t width = decode_rune(text).width;
      out += text.substr(0, width);
      out += to;
      text.remove_prefix(width);
    }
    return out;
  }
  for (;;) {  // ends when nothing is found any more
    const std::size_t place = text.find(from);
    out += text.substr(0, place);
    if (place == std::string_view::npos) return out;
    out += to;
    text.remove_prefix(place + from.size());
  }
}

}  // namespace leasehold::gofuncs
