// base64, hex and percent encoding with the error texts of Go's encoding packages.
#include "leasehold/base/encoding.h"

#include <array>
#include <cstdint>

#include "leasehold/base/text.h"

namespace leasehold {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

constexpr std::array<std::int8_t, 256> decoding_table(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  for (auto& entry : table) entry = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}
constexpr auto kStandardTable = decoding_table(kStandard);
constexpr auto kUrlTable = decoding_table(kUrl);

std::string encode(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    std::uint32_t group = static_cast<std::uint32_t>(byte(bytes[i])) << 16;
    if (left > 1) group |= static_cast<std::uint32_t>(byte(bytes[i + 1])) << 8;
    if (left > 2) group |= byte(bytes[i + 2]);
    out += alphabet[group >> 18];
    out += alphabet[(group >> 12) & 63];
    if (left > 1) out += alphabet[(group >> 6) & 63];
    if (left > 2) out += alphabet[group & 63];
    if (pad && left < 3) out.append(3 - left, '=');
  }
  return out;
}

Error illegal_base64(std::size_t offset) {
  return invalid("illegal base64 data at input byte " + std::to_string(offset));
}

bool line_break(char c) { return c == '\r' || c == '\n'; }

// What follows a first '=': with `needed` more of them, then nothing but line breaks.
Result<void> check_padding(std::string_view text, std::size_t at, std::size_t needed) {
  std::size_t i = at + 1;
  while (needed > 0) {
    while (i < text.size() && line_break(text[i])) ++i;
    if (i == text.size()) return illegal_base64(text.size());
    if (text[i] != '=') return illegal_base64(i - 1);
    ++i;
    --needed;
  }
  while (i < text.size() && line_break(text[i])) ++i;
  if (i != text.size()) return illegal_base64(i);
  return {};
}

Result<std::string> decode(std::string_view text, const std::array<std::int8_t, 256>& table, bool padded) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  unsigned count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (line_break(c)) continue;
    if (c == '=' && padded) {
      if (count < 2) return illegal_base64(i);
      if (auto ok = check_padding(text, i, count == 2 ? 1 : 0); !ok) return ok.error();
      out += static_cast<char>((count == 2 ? group >> 4 : group >> 10) & 0xff);
      if (count == 3) out += static_cast<char>((group >> 2) & 0xff);
      return out;
    }
    const int digit = table[byte(c)];
    if (digit < 0) return illegal_base64(i);
    group = (group << 6) | static_cast<std::uint32_t>(digit);
    if (++count == 4) {
      out += static_cast<char>((group >> 16) & 0xff);
      out += static_cast<char>((group >> 8) & 0xff);
      out += static_cast<char>(group & 0xff);
      group = 0;
      count = 0;
    }
  }
  if (count == 0) return out;
  if (padded || count == 1) return illegal_base64(text.size() - (padded ? count : 0));
  out += static_cast<char>((count == 2 ? group >> 4 : group >> 10) & 0xff);
  if (count == 3) out += static_cast<char>((group >> 2) & 0xff);
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string base64_encode(std::string_view bytes) { return encode(bytes, kStandard, true); }
std::string base64url_encode(std::string_view bytes) { return encode(bytes, kUrl, false); }
Result<std::string> base64_decode(std::string_view text) { return decode(text, kStandardTable, true); }
Result<std::string> base64url_decode(std::string_view text) { return decode(text, kUrlTable, false); }

std::string hex_encode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kHex[byte(c) >> 4];
    out += kHex[byte(c) & 15];
  }
  return out;
}

Result<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return invalid("odd length hex string");
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return invalid("invalid hex at input byte " + std::to_string(i));
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  constexpr std::string_view kUpper = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' ||
                       keep.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kUpper[byte(c) >> 4];
      out += kUpper[byte(c) & 15];
    }
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return invalid("invalid URL escape " + go_quote(text.substr(i, 3)));
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace leasehold
