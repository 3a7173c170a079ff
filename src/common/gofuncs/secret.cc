#include "secret.h"

#include <algorithm>
#include <string>

#include "json_input.h"
#include "leasehold/base/scalars.h"
#include "leasehold/gofuncs/render.h"
#include "time_value.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Field;
using gotemplate::Items;
using gotemplate::kAnyMap;
using gotemplate::kBool;
using gotemplate::Kind;
using gotemplate::kInt;
using gotemplate::kString;
using gotemplate::kStringList;
using gotemplate::kStringMap;
using gotemplate::Type;
using gotemplate::Value;

constexpr std::size_t kDataField = 4;

constexpr Field kSecretFields[] = {
    {"RequestID", &kString},  {"LeaseID", &kString},       {"LeaseDuration", &kInt},
    {"Renewable", &kBool},    {"Data", &kAnyMap},          {"Warnings", &kStringList},
    {"Auth", &kSecretAuthPointer}, {"WrapInfo", &kSecretWrapPointer},
};

constexpr Field kAuthFields[] = {
    {"ClientToken", &kString},  {"Accessor", &kString},   {"Policies", &kStringList},
    {"Metadata", &kStringMap},  {"LeaseDuration", &kInt}, {"Renewable", &kBool},
};

constexpr Field kWrapFields[] = {
    {"Token", &kString},
    {"TTL", &kInt},
    {"CreationTime", &kTime},
    {"WrappedAccessor", &kString},
};

/// A member of a JSON object, or no value.
Value member(const Value& object, std::string_view name) {
  if (object.kind() != Kind::Map) return {};
  const Value* value = object.find(name);
  return value == nullptr ? Value() : *value;
}

Value text_member(const Value& object, std::string_view name) {
  const Value value = member(object, name);
  return value.is(kString) ? value : Value::string("");
}

Value int_member(const Value& object, std::string_view name) {
  const Value value = member(object, name);
  if (!value.is(gotemplate::kNumber)) return Value::integer(0);
  if (auto number = parse_int(value.as_text())) return Value::integer(*number);
  const auto number = parse_float(value.as_text());
  constexpr double kLimit = 9e15;
  return Value::integer(number && *number > -kLimit && *number < kLimit ? static_cast<std::int64_t>(*number) : 0);
}

Value bool_member(const Value& object, std::string_view name) {
  const Value value = member(object, name);
  return Value::boolean(value.is(kBool) && value.as_bool());
}

Value strings_member(const Value& object, std::string_view name) {
  const Value value = member(object, name);
  if (value.kind() != Kind::List) return Value::nil(kStringList);
  Items items;
  for (const Value& item : value.items()) {
    if (item.kind() == Kind::String) items.push_back(Value::string(item.as_text()));
  }
  return Value::list(std::move(items), kStringList);
}

Value auth_of(const Value& body) {
  const Value auth = member(body, "auth");
  if (auth.kind() != Kind::Map) return Value::nil(kSecretAuthPointer);
  Value metadata = Value::nil(kStringMap);
  if (const Value given = member(auth, "metadata"); given.kind() == Kind::Map) {
    metadata = Value::map(kStringMap);
    for (const auto& [key, value] : given.entries()) {
      if (value.kind() == Kind::String) metadata.set(key, Value::string(value.as_text()));
    }
  }
  return Value::record(kSecretAuthPointer,
                       {text_member(auth, "client_token"), text_member(auth, "accessor"),
                        strings_member(auth, "policies"), metadata, int_member(auth, "lease_duration"),
                        bool_member(auth, "renewable")});
}

Value wrap_of(const Value& body) {
  const Value wrap = member(body, "wrap_info");
  if (wrap.kind() != Kind::Map) return Value::nil(kSecretWrapPointer);
  return Value::record(kSecretWrapPointer,
                       {text_member(wrap, "token"), int_member(wrap, "ttl"),
                        time_from_rfc3339(text_member(wrap, "creation_time").as_text()),
                        text_member(wrap, "wrapped_accessor")});
}

/// JSON of a Vault answer; the error must not show content.
Result<Value> parse_body(std::string_view body) {
  auto value = parse_json(body, JsonNumbers::AsText);
  if (!value || value->kind() != Kind::Map) return invalid("the answer is not a JSON object");
  return value;
}

}  // namespace

constinit const Type kSecret{.kind = Kind::Struct, .name = "dependency.Secret", .fields = kSecretFields};
constinit const Type kSecretPointer{.kind = Kind::Pointer, .name = "*dependency.Secret", .element = &kSecret};
constinit const Type kSecretAuth{.kind = Kind::Struct, .name = "dependency.SecretAuth", .fields = kAuthFields};
constinit const Type kSecretAuthPointer{
    .kind = Kind::Pointer, .name = "*dependency.SecretAuth", .element = &kSecretAuth};
constinit const Type kSecretWrap{.kind = Kind::Struct, .name = "dependency.SecretWrapInfo", .fields = kWrapFields};
constinit const Type kSecretWrapPointer{
    .kind = Kind::Pointer, .name = "*dependency.SecretWrapInfo", .element = &kSecretWrap};

Value secret_data(const Value& value) {
  if ((!value.is(kSecretPointer) && !value.is(kSecret)) || value.is_nil()) return {};
  return value.fields()[kDataField];
}

Result<Value> parse_secret(std::string_view body) {
  // An empty answer to a write: the replaced agent has a nil pointer there.
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return Value::nil(kSecretPointer);
  auto parsed = parse_body(body);
  if (!parsed) return parsed.error().in("parse secret");
  const Value& top = *parsed;
  Value data = member(top, "data");
  if (data.kind() != Kind::Map || data.length() == 0) data = Value::nil(kAnyMap);
  Value warnings = strings_member(top, "warnings");
  return Value::record(kSecretPointer, {text_member(top, "request_id"), text_member(top, "lease_id"),
                                        int_member(top, "lease_duration"), bool_member(top, "renewable"),
                                        std::move(data), std::move(warnings), auth_of(top), wrap_of(top)});
}

Result<Value> parse_list(std::string_view body) {
  auto parsed = parse_body(body);
  if (!parsed) return parsed.error().in("parse list");
  const Value keys = member(member(*parsed, "data"), "keys");
  std::vector<std::string> names;
  for (const Value& key : keys.kind() == Kind::List ? keys.items() : Items()) {
    if (key.kind() == Kind::String) names.emplace_back(key.as_text());
  }
  std::ranges::sort(names);
  return Value::strings(names);
}

Value file_value(std::string_view content) { return Value::string(content); }

}  // namespace leasehold::gofuncs
