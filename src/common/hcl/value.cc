// Generic values: Go's integer syntax and the JSON form that the golden cases compare.
#include "leasehold/hcl/value.h"

#include <array>
#include <charconv>
#include <cmath>

#include "cursor.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"

namespace leasehold::hcl {

std::string_view Value::type_name() const {
  static constexpr std::array<std::string_view, 8> kNames = {
      "nil", "bool", "int", "float64", "string", "[]interface {}", "[]map[string]interface {}", "map[string]interface {}"};
  return kNames[data.index()];
}

namespace {

/// Go allows `_` after the base prefix and between digits, when the base is written.
bool remove_underscores(std::string_view text, bool prefixed, std::string& digits) {
  bool digit_before = prefixed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      if (!digit_before || i + 1 == text.size()) return false;
      digit_before = false;
      continue;
    }
    digit_before = true;
    digits.push_back(text[i]);
  }
  return true;
}

int take_base(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char letter = text.size() > 2 ? static_cast<char>(text[1] | 0x20) : '\0';
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  text.remove_prefix(base != 0 ? 2 : 1);
  return base != 0 ? base : 8;
}

}  // namespace

Result<std::int64_t> parse_any_int(std::string_view text) {
  const auto fail = [&](const char* why) {
    return invalid("strconv.ParseInt: parsing " + go_quote(text) + ": " + why);
  };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const std::size_t size_before = rest.size();
  const int base = take_base(rest);
  std::string digits;
  if (!remove_underscores(rest, rest.size() != size_before, digits) || digits.empty()) return fail("invalid syntax");
  if (digits.size() != rest.size() && rest.size() == size_before) return fail("invalid syntax");
  std::uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) return fail("invalid syntax");
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
  if (error != std::errc() || magnitude > limit) return fail("value out of range");
  return static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
}

namespace {

void append_string(std::string& out, const std::string& text) {
  json::append_quoted(out, text);
}

void append_float(std::string& out, double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  const std::string text(buffer.data(), end);
  out += text;
  if (std::isfinite(number) && text.find_first_of(".e") == std::string::npos) out += ".0";
}

void append_value(std::string& out, const Value& value);

void append_map(std::string& out, const Map& map) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : map) {
    if (!first) out += ',';
    first = false;
    append_string(out, key);
    out += ':';
    append_value(out, value);
  }
  out += '}';
}

template <class Elements, class Append>
void append_list(std::string& out, const Elements& elements, Append append) {
  out += '[';
  for (const auto& element : elements) {
    if (&element != &elements.front()) out += ',';
    append(element);
  }
  out += ']';
}

struct Append {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(double value) const { append_float(out, value); }
  void operator()(const std::string& value) const { append_string(out, value); }
  void operator()(const Map& value) const { append_map(out, value); }
  void operator()(const List& value) const {
    append_list(out, value.elements, [this](const Value& element) { append_value(out, element); });
  }
  void operator()(const Blocks& value) const {
    append_list(out, value.maps, [this](const Map& map) { append_map(out, map); });
  }
};

void append_value(std::string& out, const Value& value) { std::visit(Append{out}, value.data); }

}  // namespace

std::string to_json(const Map& map) {
  std::string out;
  append_map(out, map);
  return out;
}

}  // namespace leasehold::hcl
