#include "sprig_words.h"

#include <algorithm>

#include "case_mapping.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::append_rune;
using gotemplate::decode_rune;
using gotemplate::is_name_rune;
using gotemplate::Rune;

/// Calls visit(rune code) for every rune.
template <class Visit>
void for_each_rune(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    visit(rune.code);
    text.remove_prefix(rune.width);
  }
}

bool is_title_separator(char32_t code) {
  return code < 0x80 ? !is_name_rune(code) : !is_name_rune(code) && is_unicode_space(code);
}

bool is_connector(char32_t code) { return code == '-' || code == '_' || is_unicode_space(code); }

bool is_capital(char32_t code) { return to_lower_rune(code) != code && to_title_rune(code) == code; }

bool is_title(char32_t code) { return to_lower_rune(code) != code && to_upper_rune(code) != code; }

bool is_space_byte(unsigned char byte) {
  return (byte >= 9 && byte <= 13) || byte == ' ' || byte == 0x85 || byte == 0xA0;
}

std::int64_t size_of(std::string_view text) { return static_cast<std::int64_t>(text.size()); }

std::string cut(std::string_view text, std::int64_t from, std::int64_t count) {
  return std::string(text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(count)));
}

}  // namespace

std::string title_words(std::string_view text) {
  std::string out;
  bool start = true;
  for_each_rune(text, [&](char32_t code) {
    append_rune(out, start ? to_title_rune(code) : code);
    start = is_title_separator(code);
  });
  return out;
}

std::string untitle_words(std::string_view text) {
  std::string out;
  bool start = true;
  for_each_rune(text, [&](char32_t code) {
    append_rune(out, start ? to_lower_rune(code) : code);
    start = is_unicode_space(code);
  });
  return out;
}

std::string swap_case(std::string_view text) {
  std::string out;
  bool start = true;
  for_each_rune(text, [&](char32_t code) {
    if (is_capital(code) || is_title(code)) {
      append_rune(out, to_lower_rune(code));
      start = false;
    } else if (to_upper_rune(code) != code) {
      append_rune(out, start ? to_title_rune(code) : to_upper_rune(code));
      start = false;
    } else {
      append_rune(out, code);
      start = is_unicode_space(code);
    }
  });
  return out;
}

std::string camel_case(std::string_view text) {
  enum class At { Beginning, Connector, FirstCapitals, Inside };
  std::string out;
  std::u32string held;  // connectors that the next word has not been seen behind
  const auto release = [&out, &held] {
    for (const char32_t connector : held) append_rune(out, connector);
    held.clear();
  };
  At at = At::Beginning;
  for_each_rune(text, [&](char32_t code) {
    if (is_connector(code)) {
      held.push_back(code);
      at = at == At::Beginning ? at : At::Connector;
      return;
    }
    // Between words the last connector of the row goes.
    if (at == At::Connector) held.pop_back();
    release();
    if (at == At::Beginning || at == At::Connector) {
      append_rune(out, to_upper_rune(code));
      at = is_capital(code) ? At::FirstCapitals : At::Inside;
    } else if (at == At::FirstCapitals && is_capital(code)) {
      append_rune(out, to_lower_rune(code));
    } else {
      append_rune(out, code);
      at = At::Inside;
    }
  });
  // compat: where there is nothing but connectors the last comes twice
  if (at == At::Beginning && !held.empty()) held.push_back(held.back());
  release();
  return out;
}

std::string without_spaces(std::string_view text) {
  const auto is_space = [](char c) { return is_space_byte(static_cast<unsigned char>(c)); };
  if (std::ranges::none_of(text, is_space)) return std::string(text);
  std::string out;
  for (const char c : text) {
    // compat: bytes are taken for Latin-1 characters
    if (!is_space(c)) append_rune(out, static_cast<unsigned char>(c));
  }
  return out;
}

std::string initials_of(std::string_view text) {
  std::string out;
  bool start = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_space_byte(byte)) {
      start = true;
    } else if (start) {
      append_rune(out, byte);
      start = false;
    }
  }
  return out;
}

std::string abbreviate(std::string_view text, std::int64_t width) {
  if (width < 4 || size_of(text) <= width) return std::string(text);
  return cut(text, 0, width - 3) + "...";
}

std::string abbreviate_both(std::string_view text, std::int64_t offset, std::int64_t width) {
  if (width < 4 || (offset > 0 && width < 7) || size_of(text) <= width) return std::string(text);
  offset = std::min(offset, size_of(text));
  if (size_of(text) - offset < width - 3) offset = size_of(text) - (width - 3);
  if (offset <= 4) return cut(text, 0, width - 3) + "...";
  if (offset + width - 3 < size_of(text)) {
    return "..." + abbreviate(text.substr(static_cast<std::size_t>(offset)), width - 3);
  }
  return "..." + std::string(text.substr(text.size() - static_cast<std::size_t>(width - 3)));
}

std::string wrap_text(std::string_view text, std::int64_t width, std::string_view newline, bool break_words) {
  const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(width, 1, INT32_MAX));
  if (newline.empty()) newline = "\n";
  std::string out;
  while (text.size() > limit) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    // The last space among the characters that fit and the one after them.
    std::size_t space = text.substr(0, limit + 1).rfind(' ');
    if (space == std::string_view::npos && !break_words) space = text.find(' ', limit);
    if (space != std::string_view::npos) {
      out += text.substr(0, space);
      out += newline;
      text.remove_prefix(space + 1);
    } else if (break_words) {
      out += text.substr(0, limit);
      out += newline;
      text.remove_prefix(limit);
    } else {
      break;
    }
  }
  return out + std::string(text);
}

}  // namespace leasehold::gofuncs
