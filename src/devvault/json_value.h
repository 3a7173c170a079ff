// The JSON document of the development server: nlohmann's, with one addition. A number whose
// spelling json cannot keep (12345678901234567890, 1.10, 1e999, -0) is held as a binary value that
// contains the literal, because KV version 1 gives literals back (spec/vault-api.md 8.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::devvault {

using Json = nlohmann::json;

/// Json takes anything, so that a value does not turn into a Result by itself.
inline Result<Json> good(Json value) { return Result<Json>(boost::system::in_place_value, std::move(value)); }

/// Parses one document. Error (Invalid): a text without content of the document.
Result<Json> parse_json(std::string_view text);
/// One line, keys sorted, escaped as Go does (< > & as \u003c ...). Bytes that are no UTF-8 become
/// U+FFFD.
void write_json(const Json& value, SecretBytes& out);
std::string to_text(const Json& value);

/// A number held as its literal; plain numbers when nothing is lost by it.
Json number_from_literal(std::string_view literal);
/// The spelling of a number of either kind; nullopt for anything else.
std::optional<std::string> number_literal(const Json& value);
[[nodiscard]] bool is_number(const Json& value);
/// All numbers below value go through a 64-bit float, as in KV version 2.
Json through_doubles(const Json& value);
/// Go's encoding/json form of a float64: shortest digits, exponent below 1e-6 and from 1e21.
std::string go_float(double value);

/// value[key] when value is an object that has it, else null.
const Json& member(const Json& value, std::string_view key);
/// The text of a member, or "" when it is absent or no string.
std::string text_member(const Json& value, std::string_view key);

/// The strings in an array; none for anything else.
std::vector<std::string> texts_in(const Json& value);
/// An array of strings.
Json string_array(const std::vector<std::string>& texts);

}  // namespace leasehold::devvault
