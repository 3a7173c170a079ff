// Go literals as the parser needs them: quoted strings, characters and numbers with their bases,
// underscores and imaginary units. Truth: spec "templates" section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "node.h"

namespace leasehold::gotemplate {

/// strconv.Unquote for "…" and `…`. Error: `invalid syntax`.
Result<std::string> unquote(std::string_view literal);
/// A character constant with its quotes. Errors: `invalid syntax`,
/// `malformed character constant: 'ab'`.
Result<char32_t> unquote_character(std::string_view literal);
/// Errors: `integer overflow: "…"`, `illegal number syntax: "…"`.
Result<Number> parse_number(std::string_view literal);
/// What a number literal is where any type will do: complex, float64 or int. Invalid: an integer that no
/// int holds.
Value constant_of(const Number& number, std::string_view literal);
/// a+bi. Error: `syntax error scanning complex number`.
Result<Number> parse_complex(std::string_view literal);

}  // namespace leasehold::gotemplate
