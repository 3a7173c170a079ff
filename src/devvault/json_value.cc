// Builds the document from the streaming parser, which keeps the spelling of numbers, and writes it
// with the escapes of Go's encoding/json.
#include "json_value.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "leasehold/base/scalars.h"
#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"

namespace leasehold::devvault {
namespace {

class Builder final : public json::Visitor {
 public:
  bool null_value() override { return add(Json(nullptr)); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number(std::string_view literal) override { return add(number_from_literal(literal)); }
  bool string(std::string_view value) override { return add(Json(std::string(value))); }
  bool key(std::string_view name) override {
    keys_.back() = name;
    return true;
  }
  bool begin_object() override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool begin_array() override { return open(Json::array()); }
  bool end_array() override { return close(); }

  Json take() { return std::move(root_); }

 private:
  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_object()) {
      open_.back()[keys_.back()] = std::move(value);
    } else {
      open_.back().push_back(std::move(value));
    }
    return true;
  }
  bool open(Json container) {
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return add(std::move(done));
  }

  Json root_;
  std::vector<Json> open_;
  std::vector<std::string> keys_;
};

std::string literal_of_binary(const Json& value) {
  const auto& bytes = value.get_binary();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  Builder builder;
  if (auto read = json::read(text, builder); !read) {
    return read.error();
  }
  return good(builder.take());
}

Json number_from_literal(std::string_view literal) {
  if (literal.find_first_of(".eE") == std::string_view::npos && literal != "-0") {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(literal.data(), literal.data() + literal.size(), number);
    if (error == std::errc() && end == literal.data() + literal.size()) {
      return Json(number);
    }
  }
  return Json::binary({literal.begin(), literal.end()});
}

std::optional<std::string> number_literal(const Json& value) {
  if (value.is_binary()) {
    return literal_of_binary(value);
  }
  if (value.is_number_float()) {
    return go_float(value.get<double>());
  }
  if (value.is_number()) {
    return value.dump();
  }
  return std::nullopt;
}

bool is_number(const Json& value) { return value.is_number() || value.is_binary(); }

std::string go_float(double value) {
  if (value == 0) {
    return std::signbit(value) ? "-0" : "0";
  }
  // d.ddde+XX with the fewest digits that give the same number again.
  char buffer[40];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string text(buffer, error == std::errc() ? end : buffer);
  const auto e = text.find('e');
  if (e == std::string::npos) {
    return "null";  // inf and nan: JSON has no word for them
  }
  const double size = std::fabs(value);
  if (size < 1e-6 || size >= 1e21) {
    // Go writes e-7, C++ e-07.
    if (text.size() == e + 4 && text[e + 2] == '0') {
      text.erase(e + 2, 1);
    }
    return text;
  }
  const int exponent = std::stoi(text.substr(e + 1));
  std::string digits = text.substr(0, e);
  const std::string sign = digits.starts_with('-') ? "-" : "";
  std::erase_if(digits, [](char c) { return c == '-' || c == '.'; });
  if (exponent < 0) {
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    return sign + digits + std::string(whole - digits.size(), '0');
  }
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

Json through_doubles(const Json& value) {
  if (is_number(value)) {
    auto number = parse_float(*number_literal(value));
    return number_from_literal(go_float(number ? *number : 0));
  }
  if (value.is_object()) {
    Json copy = Json::object();
    for (const auto& [key, item] : value.items()) {
      copy[key] = through_doubles(item);
    }
    return copy;
  }
  if (value.is_array()) {
    Json copy = Json::array();
    for (const Json& item : value) {
      copy.push_back(through_doubles(item));
    }
    return copy;
  }
  return value;
}

void write_json(const Json& value, SecretBytes& out) {
  switch (value.type()) {
    case Json::value_t::object: {
      append(out, "{");
      bool first = true;
      for (const auto& [key, item] : value.items()) {
        append(out, first ? "" : ",");
        first = false;
        json::append_quoted(out, key);
        append(out, ":");
        write_json(item, out);
      }
      append(out, "}");
      return;
    }
    case Json::value_t::array: {
      append(out, "[");
      bool first = true;
      for (const Json& item : value) {
        append(out, first ? "" : ",");
        first = false;
        write_json(item, out);
      }
      append(out, "]");
      return;
    }
    case Json::value_t::string:
      json::append_quoted(out, value.get_ref<const std::string&>());
      return;
    case Json::value_t::boolean:
      append(out, value.get<bool>() ? "true" : "false");
      return;
    case Json::value_t::null:
    case Json::value_t::discarded:
      append(out, "null");
      return;
    default:
      append(out, *number_literal(value));
      return;
  }
}

std::string to_text(const Json& value) {
  SecretBytes bytes;
  write_json(value, bytes);
  return {bytes.begin(), bytes.end()};
}

const Json& member(const Json& value, std::string_view key) {
  static const Json kNull;
  if (!value.is_object()) {
    return kNull;
  }
  const auto found = value.find(key);
  return found == value.end() ? kNull : *found;
}

std::string text_member(const Json& value, std::string_view key) {
  const Json& found = member(value, key);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::vector<std::string> texts_in(const Json& value) {
  std::vector<std::string> list;
  if (!value.is_array()) return list;
  for (const Json& item : value) {
    if (item.is_string()) list.push_back(item.get<std::string>());
  }
  return list;
}

Json string_array(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) {
    array.push_back(text);
  }
  return array;
}

}  // namespace leasehold::devvault
