// String functions of consul-template (spec 11.3).
#include <algorithm>
#include <string>

#include "case_mapping.h"
#include "context.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/unicode.h"
#include "go_regex.h"
#include "go_strings.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kInt;
using gotemplate::kString;
using gotemplate::kStringList;
using gotemplate::kStringMap;

Value text(std::string_view value) { return Value::string(value); }

Result<Value> lower(Call& call) { return text(to_lower_text(call.text(0))); }
Result<Value> upper(Call& call) { return text(to_upper_text(call.text(0))); }
Result<Value> title(Call& call) { return text(to_title_text(call.text(0))); }

Result<Value> trim(Call& call) { return text(trim_runes(call.text(1), call.text(0))); }
Result<Value> trim_space_of(Call& call) { return text(trim_unicode_space(call.text(0))); }

Result<Value> trim_prefix(Call& call) {
  std::string_view whole = call.text(1);
  if (whole.starts_with(call.text(0))) whole.remove_prefix(call.text(0).size());
  return text(whole);
}

Result<Value> trim_suffix(Call& call) {
  std::string_view whole = call.text(1);
  if (whole.ends_with(call.text(0))) whole.remove_suffix(call.text(0).size());
  return text(whole);
}

Result<Value> replace(Call& call) { return text(replace_text(call.text(2), call.text(0), call.text(1))); }

Result<Value> match(Call& call) {
  auto regex = Regex::create(call.text(0));
  if (!regex) return regex.error();
  return Value::boolean(regex->matches(call.text(1)));
}

Result<Value> replace_matches(Call& call) {
  auto regex = Regex::create(call.text(0));
  if (!regex) return regex.error();
  return text(regex->replace(call.text(2), call.text(1), true));
}

Result<Value> split_text(Call& call) {
  const std::string_view whole = trim_unicode_space(call.text(1));
  if (whole.empty()) return Value::list({}, kStringList);
  return Value::strings(split_at(whole, call.text(0), -1));
}

Result<Value> join_text(Call& call) {
  std::string out;
  bool first = true;
  for (const Value& item : call[1].items()) {
    if (!first) out += call.text(0);
    first = false;
    out += item.as_text();
  }
  return text(out);
}

Result<Value> split_to_map(Call& call) {
  Value map = Value::map(kStringMap);
  const std::string_view whole = trim_unicode_space(call.text(2));
  if (whole.empty()) return map;
  for (const std::string& part : split_at(whole, call.text(0), -1)) {
    const std::size_t sign = part.find(call.text(1));
    if (sign == std::string::npos) continue;
    map.set(std::string_view(part).substr(0, sign), text(std::string_view(part).substr(sign + call.text(1).size())));
  }
  return map;
}

Result<Value> indent(Call& call) {
  if (call.integer(0) < 0) return invalid("indent value must be a positive integer");
  if (call.integer(0) > kRepeatBytesMax) return invalid("indent value is too large");
  const std::string spaces(static_cast<std::size_t>(call.integer(0)), ' ');
  std::string out;
  bool at_start = true;
  for (const char c : call.text(1)) {
    if (at_start && c != '\n') out += spaces;
    if (out.size() > static_cast<std::size_t>(kRepeatBytesMax)) return invalid("indented text is too large");
    at_start = c == '\n';
    out.push_back(c);
  }
  return text(out);
}

// clang-format off
constexpr Function kTextFunctions[] = {
    {"toLower",         types<kString>,                   false, &lower,           "lower case"},
    {"toUpper",         types<kString>,                   false, &upper,           "upper case"},
    {"toTitle",         types<kString>,                   false, &title,           "every word with a capital"},
    {"trim",            types<kString, kString>,          false, &trim,            "without the runes of a set at both ends"},
    {"trimPrefix",      types<kString, kString>,          false, &trim_prefix,     "without a prefix"},
    {"trimSuffix",      types<kString, kString>,          false, &trim_suffix,     "without a suffix"},
    {"trimSpace",       types<kString>,                   false, &trim_space_of,   "without white space at both ends"},
    {"replaceAll",      types<kString, kString, kString>, false, &replace,         "every occurrence replaced"},
    {"regexMatch",      types<kString, kString>,          false, &match,           "whether a regular expression matches"},
    {"regexReplaceAll", types<kString, kString, kString>, false, &replace_matches, "every match replaced; $1 is a group"},
    {"split",           types<kString, kString>,          false, &split_text,      "the parts between separators"},
    {"join",            types<kString, kStringList>,      false, &join_text,       "the elements with separators between"},
    {"splitToMap",      types<kString, kString, kString>, false, &split_to_map,    "parts, each cut into key and value"},
    {"indent",          types<kInt, kString>,             false, &indent,          "spaces before every line that is not empty"},
};
// clang-format on

}  // namespace

std::span<const Function> text_functions() { return kTextFunctions; }

}  // namespace leasehold::gofuncs
