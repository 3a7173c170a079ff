#include "escapes.h"

#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gotemplate {

namespace {

void append_unit(std::string& out, char32_t code) {
  std::string digits;
  for (; code != 0 || digits.size() < 4; code /= 16) digits.insert(digits.begin(), "0123456789ABCDEF"[code % 16]);
  out += "\\u" + digits;
}

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\0':
        append_rune(out, kReplacement);
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string escape_js(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    switch (rune.code) {
      case '\\':
      case '\'':
      case '"':
        out.push_back('\\');
        out.push_back(text.front());
        break;
      case '<':
      case '>':
      case '&':
      case '=':
        append_unit(out, rune.code);
        break;
      default:
        if (rune.code < 0x20 || (rune.code >= 0x80 && !rune.invalid() && !is_printable(rune.code))) {
          append_unit(out, rune.code);
        } else {
          out += text.substr(0, rune.width);
        }
    }
    text.remove_prefix(rune.width);
  }
  return out;
}

std::string escape_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back("0123456789ABCDEF"[byte >> 4U]);
      out.push_back("0123456789ABCDEF"[byte & 0xFU]);
    }
  }
  return out;
}

}  // namespace leasehold::gotemplate
