#include "base32.h"

#include <algorithm>

namespace leasehold::gofuncs {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kGroup = 8;

Error illegal(std::size_t position) {
  return invalid("illegal base32 data at input byte " + std::to_string(position));
}

}  // namespace

std::string base32_encode(std::string_view bytes) {
  std::string out;
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8U) | static_cast<unsigned char>(c);
    held += 8;
    for (; held >= 5; held -= 5) out.push_back(kAlphabet[(buffer >> (held - 5)) & 31U]);
  }
  if (held > 0) out.push_back(kAlphabet[(buffer << (5 - held)) & 31U]);
  while (out.size() % kGroup != 0) out.push_back('=');
  return out;
}

Result<std::string> base32_decode(std::string_view input) {
  std::string text(input);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  std::string out;
  std::uint32_t buffer = 0;
  unsigned held = 0;
  std::size_t data = text.size();
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (text[index] == '=' && index % kGroup >= 2) {
      data = index;
      break;
    }
    const std::size_t value = kAlphabet.find(text[index]);
    if (value == std::string_view::npos) return illegal(index);
    buffer = (buffer << 5U) | static_cast<std::uint32_t>(value);
    held += 5;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<char>((buffer >> held) & 0xFFU));
    }
  }
  const std::size_t padded = (data + kGroup - 1) / kGroup * kGroup;
  const std::size_t rest = data % kGroup;
  if (rest == 1 || rest == 3 || rest == 6) return illegal(data);
  for (std::size_t index = data; index < padded; ++index) {
    if (index >= text.size() || text[index] != '=') return illegal(std::min(index, text.size()));
  }
  if (padded < text.size()) return illegal(padded);
  return out;
}

std::uint32_t adler32(std::string_view bytes) {
  constexpr std::uint32_t kModulus = 65521;
  std::uint32_t low = 1;
  std::uint32_t high = 0;
  for (const char c : bytes) {
    low = (low + static_cast<unsigned char>(c)) % kModulus;
    high = (high + low) % kModulus;
  }
  return (high << 16U) | low;
}

}  // namespace leasehold::gofuncs
