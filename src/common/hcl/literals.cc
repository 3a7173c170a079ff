// The lexical pieces that HCL and its JSON twin share, and what literals mean: escapes, heredocs.
#include <array>
#include <vector>

#include "token.h"

namespace leasehold::hcl {

std::string_view name_of(TokenType type) {
  static constexpr std::array<std::string_view, 20> kNames = {
      "ILLEGAL", "EOF",    "COMMENT", "IDENT", "NUMBER", "FLOAT", "BOOL",   "STRING", "NULL", "HEREDOC",
      "LBRACK",  "LBRACE", "COMMA",   "PERIOD", "COLON", "RBRACK", "RBRACE", "ASSIGN", "ADD", "SUB"};
  return kNames[static_cast<std::size_t>(type)];
}

void scan_identifier(Cursor& cursor, bool dots) {
  char32_t c = cursor.next();
  while (is_letter(c) || is_digit(c) || c == U'-' || (dots && c == U'.')) c = cursor.next();
  if (c != kEnd) cursor.unread();
}

char32_t scan_mantissa(Cursor& cursor, char32_t c) {
  bool scanned = false;
  while (is_decimal(c)) {
    c = cursor.next();
    scanned = true;
  }
  if (scanned && c != kEnd) cursor.unread();
  return c;
}

char32_t scan_exponent(Cursor& cursor, char32_t c) {
  if (c != U'e' && c != U'E') return c;
  c = cursor.next();
  if (c == U'-' || c == U'+') c = cursor.next();
  return scan_mantissa(cursor, c);
}

TokenType scan_fraction(Cursor& cursor) {
  const char32_t c = scan_mantissa(cursor, cursor.peek());
  if (c == U'e' || c == U'E') scan_exponent(cursor, cursor.next());
  return TokenType::Float;
}

namespace {

void scan_digits(Cursor& cursor, char32_t c, int base, int count, Dialect dialect) {
  const int wanted = count;
  while (count > 0 && digit_value(c) < base) {
    c = cursor.next();
    if (c == kEnd && dialect == Dialect::Hcl) break;
    --count;
  }
  if (count > 0) cursor.fail("illegal char escape");
  if (dialect == Dialect::Json || (count != wanted && c != kEnd)) cursor.unread();
}

void scan_escape(Cursor& cursor, Dialect dialect) {
  const char32_t c = cursor.next();
  switch (c) {
    case U'a': case U'b': case U'f': case U'n': case U'r': case U't': case U'v': case U'\\': case U'"':
      return;
    case U'0': case U'1': case U'2': case U'3': case U'4': case U'5': case U'6': case U'7':
      return scan_digits(cursor, c, 8, 3, dialect);
    case U'x':
      return scan_digits(cursor, cursor.next(), 16, 2, dialect);
    case U'u':
      return scan_digits(cursor, cursor.next(), 16, 4, dialect);
    case U'U':
      return scan_digits(cursor, cursor.next(), 16, 8, dialect);
    default:
      cursor.fail("illegal char escape");
  }
}

}  // namespace

void scan_string(Cursor& cursor, Dialect dialect) {
  const bool interpolates = dialect == Dialect::Hcl;
  std::size_t braces = 0;
  for (;;) {  // ends with the document at the latest
    const char32_t c = cursor.next();
    const bool inside = interpolates && braces > 0;
    if (c == kEnd || (c == U'\n' && !inside)) return cursor.fail("literal not terminated");
    if (c == U'"' && !inside) return;
    if (braces == 0 && c == U'$' && cursor.peek() == U'{') {
      ++braces;
      cursor.next();
    } else if (braces > 0 && c == U'{') {
      ++braces;
    }
    if (braces > 0 && c == U'}') --braces;
    if (c == U'\\') scan_escape(cursor, dialect);
  }
}

namespace {

/// Copies `${ ... }` verbatim. text starts behind the `${`; returns the bytes used.
std::size_t copy_interpolation(std::string_view text, std::string& out) {
  std::size_t braces = 1;
  std::size_t used = 0;
  while (used < text.size() && braces > 0) {
    if (text[used] == '{') ++braces;
    if (text[used] == '}') --braces;
    ++used;
  }
  out.append("${").append(text.substr(0, used));
  return used;
}

bool read_digits(std::string_view text, std::size_t count, unsigned base, char32_t& value) {
  if (text.size() < count) return false;
  value = 0;
  for (const char c : text.substr(0, count)) {
    const auto digit = static_cast<unsigned>(digit_value(static_cast<unsigned char>(c)));
    if (digit >= base) return false;
    value = value * base + digit;
  }
  return true;
}

/// Resolves one escape; text starts behind the backslash. Returns the bytes used, 0 when it is none.
std::size_t resolve_escape(std::string_view text, std::string& out) {
  static constexpr std::string_view kLetters = "abfnrtv\\\"";
  static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
  if (text.empty()) return 0;
  const std::size_t simple = kLetters.find(text[0]);
  if (simple != std::string_view::npos) {
    out.push_back(kMeanings[simple]);
    return 1;
  }
  char32_t value = 0;
  if (text[0] >= '0' && text[0] <= '7') {
    if (!read_digits(text, 3, 8, value) || value > 0xFF) return 0;
    out.push_back(static_cast<char>(value));
    return 3;
  }
  const std::size_t digits = text[0] == 'x' ? 2 : text[0] == 'u' ? 4 : text[0] == 'U' ? 8 : 0;
  if (digits == 0 || !read_digits(text.substr(1), digits, 16, value) || value > 0x10FFFF) return 0;
  if (digits == 2) {
    out.push_back(static_cast<char>(value));
  } else {
    append_utf8(out, value);
  }
  return digits + 1;
}

/// JSON writers outside Go escape beyond the BMP as two halves; the peer cannot read those.
std::size_t resolve_surrogates(std::string_view text, std::string& out) {
  char32_t high = 0;
  char32_t low = 0;
  if (text.size() < 11 || text[0] != 'u' || text.substr(5, 2) != "\\u") return 0;
  if (!read_digits(text.substr(1), 4, 16, high) || !read_digits(text.substr(7), 4, 16, low)) return 0;
  if (high < 0xD800 || high > 0xDBFF || low < 0xDC00 || low > 0xDFFF) return 0;
  append_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
  return 11;
}

}  // namespace

bool unquote(std::string_view raw, Dialect dialect, std::string& out) {
  out.clear();
  if (raw.size() < 2) return false;
  std::string_view text = raw.substr(1, raw.size() - 2);
  while (!text.empty()) {
    if (dialect == Dialect::Hcl && text.starts_with("${")) {
      text.remove_prefix(2);
      text.remove_prefix(copy_interpolation(text, out));
      continue;
    }
    if (text[0] != '\\') {
      out.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(1);
    std::size_t used = dialect == Dialect::Json ? resolve_surrogates(text, out) : 0;
    if (used == 0) used = resolve_escape(text, out);
    if (used == 0) return false;
    text.remove_prefix(used);
  }
  return true;
}

namespace {

std::string trim_blanks_at_end(std::string text) {
  const std::size_t last = text.find_last_not_of(" \t");
  text.resize(last == std::string::npos ? 0 : last + 1);
  return text;
}

/// The lines without the terminator's indentation, if every one has it.
std::string remove_indentation(const std::string& content, const std::string& indentation) {
  std::string out;
  std::size_t start = 0;
  for (;;) {  // line by line
    const std::size_t end = content.find('\n', start);
    if (content.compare(start, indentation.size(), indentation) != 0) {
      return trim_blanks_at_end(content.substr(0, content.size() - 1));
    }
    if (end == std::string::npos) return out;  // the terminator's own line: only the indentation
    out.append(content, start + indentation.size(), end + 1 - start - indentation.size());
    start = end + 1;
  }
}

}  // namespace

std::string heredoc_content(std::string_view raw) {
  const std::size_t first_line = raw.find('\n');
  if (first_line == std::string_view::npos || raw.size() < 3) return {};
  const bool indented = raw[2] == '-';
  const std::string_view anchor = raw.substr(indented ? 3 : 2, first_line - (indented ? 3 : 2));
  // compat: what stands before the terminator on its line belongs to the content,
  // golden/hcl/125-heredoc-indented-terminator-plain
  std::string_view body = raw.substr(first_line + 1);
  const std::size_t tail = anchor.size() + 1;  // terminator and its line feed
  std::string content(body.substr(0, body.size() >= tail ? body.size() - tail : 0));
  if (!indented) return content;
  return remove_indentation(content, content.substr(content.rfind('\n') + 1));
}

}  // namespace leasehold::hcl
