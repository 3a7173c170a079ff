// Typed fields of a path, with the lenient conversions of the Vault framework
// (spec/vault-api.md 1.6): strings for numbers, one string for a list, and so on.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "call.h"

namespace leasehold::devvault {

enum class FieldType {
  Text,
  LowerText,
  Integer,
  Boolean,
  Duration,   ///< becomes integer seconds; negative is refused
  TextList,   ///< an array, or one string split at commas; blanks trimmed, empty parts dropped
  TextArray,  ///< an array, or one string as it stands
  Map,        ///< an object
  TextMap,    ///< an object whose values become strings, or "k=v" strings
  Any
};

struct Field {
  std::string_view name;
  FieldType type = FieldType::Text;
};
using FieldTable = std::vector<Field>;

/// The known fields of data in their types; null and unknown ones are left out.
/// Error (Invalid): `error converting input for field "f": <why>`.
Result<Json> convert_fields(const FieldTable& table, const Json& data);
/// One value. Error: the reason alone.
Result<Json> convert_value(FieldType type, const Json& value);

/// Keys of data that the table does not know, sorted.
std::vector<std::string> unknown_fields(const FieldTable& table, const Json& data);

// Readers for converted fields; the defaults stand for "not given".
bool has(const Json& fields, std::string_view name);
std::string text(const Json& fields, std::string_view name);
std::int64_t integer(const Json& fields, std::string_view name, std::int64_t otherwise = 0);
bool boolean(const Json& fields, std::string_view name, bool otherwise = false);
seconds duration(const Json& fields, std::string_view name);
std::vector<std::string> texts(const Json& fields, std::string_view name);

}  // namespace leasehold::devvault
