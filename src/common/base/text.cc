// Quoting, trimming and paths with Go's semantics.
#include "leasehold/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

namespace leasehold {
namespace {

constexpr std::uint32_t kBadRune = 0xffffffff;

struct Rune {
  std::uint32_t value = kBadRune;
  std::size_t bytes = 1;
};

// Strict UTF-8: no overlong forms, no surrogates, at most U+10FFFF.
Rune decode_rune(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = at(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {};
  std::uint32_t value = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (at(i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kLowest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLowest[bytes] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, bytes};
}

// An approximation of unicode.IsPrint that is exact for what stands in configurations: controls,
// separators, format characters and private use are not printable.
bool printable(std::uint32_t rune) {
  if (rune < 0x20 || (rune >= 0x7f && rune < 0xa1) || rune == 0xad) return false;
  if (rune >= 0x2000 && rune <= 0x200f) return false;
  if (rune >= 0x2028 && rune <= 0x202f) return false;
  if (rune >= 0x205f && rune <= 0x206f) return false;
  if (rune == 0x3000 || rune == 0xfeff || rune == 0x1680) return false;
  if (rune >= 0xe000 && rune <= 0xf8ff) return false;
  if (rune >= 0xfff0 && rune <= 0xfffb) return false;
  return (rune & 0xfffe) != 0xfffe && rune < 0xe0000;
}

// \x, \u or \U with that many lower-case hex digits.
void append_escaped(std::string& out, char letter, int digits, std::uint32_t value) {
  out += '\\';
  out += letter;
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += "0123456789abcdef"[(value >> shift) & 15];
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string go_quote(std::string_view text) {
  constexpr std::string_view kNamed = "abfnrtv";
  constexpr std::string_view kNamedBytes = "\a\b\f\n\r\t\v";
  std::string out = "\"";
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    const auto named = kNamedBytes.find(text[0]);
    if (rune.value == kBadRune) {
      append_escaped(out, 'x', 2, static_cast<unsigned char>(text[0]));
    } else if (text[0] == '"' || text[0] == '\\') {
      out += '\\';
      out += text[0];
    } else if (named != std::string_view::npos) {
      out += '\\';
      out += kNamed[named];
    } else if (printable(rune.value)) {
      out += text.substr(0, rune.bytes);
    } else if (rune.value < 0x80) {
      append_escaped(out, 'x', 2, rune.value);
    } else if (rune.value < 0x10000) {
      append_escaped(out, 'u', 4, rune.value);
    } else {
      append_escaped(out, 'U', 8, rune.value);
    }
    text.remove_prefix(rune.bytes);
  }
  return out + '"';
}

std::string_view trim_space(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {  // ends at the last separator
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  LH_ASSERT(!from.empty());
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (rune.value == kBadRune) return false;
    text.remove_prefix(rune.bytes);
  }
  return true;
}

std::string path_clean(std::string_view path) {
  if (path.empty()) return ".";
  const bool rooted = path[0] == '/';
  std::vector<std::string> kept;
  for (auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!kept.empty() && kept.back() != "..") {
        kept.pop_back();
        continue;
      }
      if (rooted) continue;
    }
    kept.push_back(std::move(part));
  }
  std::string out = rooted ? "/" : "";
  out += join(kept, "/");
  return out.empty() ? "." : out;
}

std::string path_join(std::string_view directory, std::string_view name) {
  if (directory.empty() && name.empty()) return "";
  if (directory.empty()) return path_clean(name);
  if (name.empty()) return path_clean(directory);
  return path_clean(std::string(directory) + "/" + std::string(name));
}

namespace {

/// Is part the first or the last of the words that '_' and '-' divide whole into?
bool is_part(std::string_view part, std::string_view whole) {
  if (part.size() < 3 || part.size() >= whole.size()) return false;
  const auto divides = [](char c) { return c == '_' || c == '-'; };
  return (whole.starts_with(part) && divides(whole[part.size()])) ||
         (whole.ends_with(part) && divides(whole[whole.size() - part.size() - 1]));
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const auto candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (!best.empty() || word.size() < 3) return best;
  // `mount` for mount_path, `token_path` for path: a word of the name, or a word too many; `dest` for destination.
  for (const auto candidate : candidates) {
    if (is_part(word, candidate) || is_part(candidate, word)) return candidate;
  }
  for (const auto candidate : candidates) {
    if (candidate.starts_with(word)) return candidate;
  }
  return best;
}

}  // namespace leasehold
