// Conversions, one function a type, chosen by a switch; the texts are those of Go's mapstructure and
// Vault's parseutil as far as clients meet them.
#include "fields.h"

#include <algorithm>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

Error unconvertible(std::string_view wanted) { return invalid("expected type '" + std::string(wanted) + "'"); }

Result<Json> to_text_value(const Json& value) {
  if (value.is_string()) {
    return good(value);
  }
  if (value.is_boolean()) {
    return good(Json(value.get<bool>() ? "1" : "0"));
  }
  if (auto literal = number_literal(value)) {
    return good(Json(*literal));
  }
  return unconvertible("string");
}

Result<Json> to_integer(const Json& value) {
  if (value.is_boolean()) {
    return good(Json(value.get<bool>() ? 1 : 0));
  }
  const std::string literal = value.is_string() ? value.get<std::string>() : number_literal(value).value_or("");
  if (value.is_string() && literal.empty()) {
    return good(Json(0));
  }
  auto number = parse_int(literal);
  if (!number) {
    return value.is_string() || is_number(value) ? Result<Json>(number.error()) : Result<Json>(unconvertible("int"));
  }
  return good(Json(*number));
}

Result<Json> to_boolean(const Json& value) {
  if (value.is_boolean()) {
    return good(value);
  }
  if (auto literal = number_literal(value)) {
    return good(Json(*literal != "0"));
  }
  if (!value.is_string()) {
    return unconvertible("bool");
  }
  auto parsed = parse_bool_lenient(value.get<std::string>());
  return parsed ? good(Json(*parsed)) : Result<Json>(parsed.error());
}

Result<Json> to_duration(const Json& value) {
  if (!value.is_string() && !is_number(value)) {
    return invalid("could not parse duration from input");
  }
  const std::string given = value.is_string() ? value.get<std::string>() : *number_literal(value);
  auto parsed = parse_vault_duration(given);
  if (!parsed) {
    return parsed.error();
  }
  if (parsed->count() < 0) {
    return invalid("cannot provide negative value '" + given + "'");
  }
  return good(Json(std::chrono::duration_cast<seconds>(*parsed).count()));
}

Result<Json> to_list(const Json& value, bool split_at_commas) {
  Json list = Json::array();
  if (value.is_array()) {
    for (const Json& item : value) {
      auto converted = to_text_value(item);
      if (!converted) {
        return converted.error();
      }
      list.push_back(*std::move(converted));
    }
    return good(list);
  }
  auto single = to_text_value(value);
  if (!single) {
    return unconvertible("[]string");
  }
  if (!split_at_commas) {
    list.push_back(*single);
    return good(list);
  }
  for (const std::string& part : split(single->get<std::string>(), ',')) {
    if (const auto trimmed = trim_space(part); !trimmed.empty()) {
      list.push_back(std::string(trimmed));
    }
  }
  return good(list);
}

Result<Json> to_text_map(const Json& value) {
  Json map = Json::object();
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      auto converted = to_text_value(item);
      if (!converted) {
        return converted.error();
      }
      map[key] = *std::move(converted);
    }
    return good(map);
  }
  auto pairs = to_list(value, false);
  if (!pairs) {
    return unconvertible("map");
  }
  for (const Json& pair : *pairs) {
    const auto words = pair.get<std::string>();
    const auto equals = words.find('=');
    if (equals == std::string::npos) {
      return invalid("missing = in pair");
    }
    map[words.substr(0, equals)] = words.substr(equals + 1);
  }
  return good(map);
}

}  // namespace

Result<Json> convert_value(FieldType type, const Json& value) {
  switch (type) {
    case FieldType::Text:
      return to_text_value(value);
    case FieldType::LowerText: {
      auto converted = to_text_value(value);
      return converted ? good(to_lower(converted->get<std::string>())) : converted;
    }
    case FieldType::Integer:
      return to_integer(value);
    case FieldType::Boolean:
      return to_boolean(value);
    case FieldType::Duration:
      return to_duration(value);
    case FieldType::TextList:
      return to_list(value, true);
    case FieldType::TextArray:
      return to_list(value, false);
    case FieldType::Map:
      return value.is_object() ? good(value) : Result<Json>(unconvertible("map[string]interface {}"));
    case FieldType::TextMap:
      return to_text_map(value);
    case FieldType::Any:
      return good(value);
  }
  return unconvertible("known");
}

Result<Json> convert_fields(const FieldTable& table, const Json& data) {
  Json fields = Json::object();
  for (const Field& field : table) {
    const auto found = data.find(field.name);
    if (found == data.end() || found->is_null()) {
      continue;
    }
    // "" for a duration means "not given" (spec 1.6).
    if (field.type == FieldType::Duration && found->is_string() && found->get_ref<const std::string&>().empty()) {
      continue;
    }
    auto converted = convert_value(field.type, *found);
    if (!converted) {
      return invalid("error converting input for field " + go_quote(field.name) + ": " + converted.error().message);
    }
    fields[std::string(field.name)] = *std::move(converted);
  }
  return good(std::move(fields));
}

std::vector<std::string> unknown_fields(const FieldTable& table, const Json& data) {
  std::vector<std::string> unknown;
  for (const auto& [key, value] : data.items()) {
    const std::string& name = key;
    if (std::none_of(table.begin(), table.end(), [&name](const Field& field) { return field.name == name; })) {
      unknown.push_back(name);
    }
  }
  return unknown;
}

bool has(const Json& fields, std::string_view name) { return fields.contains(name); }

std::string text(const Json& fields, std::string_view name) { return text_member(fields, name); }

std::int64_t integer(const Json& fields, std::string_view name, std::int64_t otherwise) {
  const Json& value = member(fields, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : otherwise;
}

bool boolean(const Json& fields, std::string_view name, bool otherwise) {
  const Json& value = member(fields, name);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

seconds duration(const Json& fields, std::string_view name) { return seconds(integer(fields, name)); }

std::vector<std::string> texts(const Json& fields, std::string_view name) {
  std::vector<std::string> list;
  const Json& value = member(fields, name);
  if (value.is_array()) {
    for (const Json& item : value) {
      if (item.is_string()) {
        list.push_back(item.get<std::string>());
      }
    }
  }
  return list;
}

}  // namespace leasehold::devvault
