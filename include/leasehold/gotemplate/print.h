// Values as text, as Go's fmt package writes them: %v, print, println and printf (spec section 9).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "leasehold/gotemplate/value.h"

namespace leasehold::gotemplate {

/// %v. Nil and invalid values give `<nil>`.
std::string to_text(const Value& value);
/// The same, appended.
void append_text(std::string& out, const Value& value);
/// What an action writes: `<no value>` for invalid values, pointers are followed.
std::string to_output(const Value& value);

/// fmt.Sprint and fmt.Sprintln.
std::string print(std::span<const Value> values);
std::string print_line(std::span<const Value> values);
/// fmt.Sprintf. Never fails: mistakes show in the text, as in Go. extra_type: the type that arguments which
/// no verb asked for are shown with; empty: their own.
std::string format(std::string_view pattern, std::span<const Value> values, std::string_view extra_type = {});

/// strconv.FormatFloat(value, verb, precision, 64) with verb one of e E f F g G b x X; precision -1
/// is the shortest that reads back.
std::string format_float(double value, char verb, int precision);
/// The %v form of a float64: shortest digits, with an exponent from a million on (1e+06).
std::string format_float(double value);

}  // namespace leasehold::gotemplate
