#include "yaml_scalar.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

#include "leasehold/gotemplate/numeric.h"
#include "time_value.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Value;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

/// Case matters: only lower, Capitalised and UPPER spellings count.
bool is_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  std::string capital(lower);
  capital[0] = static_cast<char>(capital[0] - 32);
  std::string upper(lower);
  for (char& c : upper) c = static_cast<char>(c - 32);
  return text == lower || text == capital || text == upper;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [text](std::string_view word) { return is_word(text, word); });
}

/// [-+]?(.digits|digits[.digits])([eE][-+]?digits)?
bool is_float_text(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::size_t whole = skip_digits(text, at);
  const bool has_whole = whole > at;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = skip_digits(text, at + 1);
    if (!has_whole && end == at + 1) return false;
    at = end;
  } else if (!has_whole) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t end = skip_digits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

bool is_timestamp(std::string_view text) {
  if (skip_digits(text, 0) != 4 || text.size() < 5 || text[4] != '-') return false;
  static constexpr std::string_view kLayouts[] = {
      "2006-1-2T15:4:5.999999999Z07:00",
      "2006-1-2t15:4:5.999999999Z07:00",
      "2006-1-2 15:4:5.999999999",
      "2006-1-2",
  };
  return std::ranges::any_of(kLayouts, [text](std::string_view layout) { return parse_time(layout, text).has_value(); });
}

Scalar number(Value value) { return {.kind = ScalarKind::Number, .value = std::move(value)}; }

Scalar resolve_number(std::string_view text) {
  const Scalar as_text{.kind = ScalarKind::Text, .value = Value::string(text)};
  if (is_timestamp(text)) return {.kind = ScalarKind::Timestamp, .value = Value::string(text)};
  std::string plain(text);
  std::erase(plain, '_');
  if (const auto value = gotemplate::read_int(plain)) return number(Value::integer(*value));
  if (const auto value = gotemplate::read_uint(plain)) return number(Value::unsigned_integer(*value));
  if (is_float_text(plain)) {
    if (const auto value = gotemplate::read_float(plain)) return number(Value::floating(*value));
  }
  return as_text;
}

}  // namespace

Scalar resolve_scalar(std::string_view text) {
  if (text.empty() || text == "~" || is_word(text, "null")) return {.kind = ScalarKind::Null, .value = {}};
  if (text == "<<") return {.kind = ScalarKind::Merge, .value = Value::string(text)};
  if (is_one_of(text, {"y", "yes", "true", "on"})) return {.kind = ScalarKind::Bool, .value = Value::boolean(true)};
  if (is_one_of(text, {"n", "no", "false", "off"})) return {.kind = ScalarKind::Bool, .value = Value::boolean(false)};
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::string_view unsigned_text = text;
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') unsigned_text.remove_prefix(1);
  if (unsigned_text == ".inf" || unsigned_text == ".Inf" || unsigned_text == ".INF") {
    return number(Value::floating(negative ? -kInfinity : kInfinity));
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return number(Value::floating(std::numeric_limits<double>::quiet_NaN()));
  }
  if (text[0] == '.') {
    if (const auto value = gotemplate::read_float(text)) return number(Value::floating(*value));
  }
  if (is_digit(text[0]) || text[0] == '+' || text[0] == '-') return resolve_number(text);
  return {.kind = ScalarKind::Text, .value = Value::string(text)};
}

bool looks_base60(std::string_view text) {
  // ^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  if (at >= text.size() || !is_digit(text[at])) return false;
  while (at < text.size() && (is_digit(text[at]) || text[at] == '_')) ++at;
  bool parts = false;
  while (at < text.size() && text[at] == ':') {
    const std::size_t end = std::min(skip_digits(text, at + 1), at + 3);
    const std::size_t count = end - at - 1;
    if (count == 0 || (count == 2 && text[at + 1] > '5')) return false;
    at = end;
    parts = true;
  }
  if (!parts) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && (is_digit(text[at]) || text[at] == '_')) ++at;
  }
  return at == text.size();
}

}  // namespace leasehold::gofuncs
