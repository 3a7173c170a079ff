// Sprig's strings (spec 12.1).
#include <algorithm>
#include <string>

#include "base32.h"
#include "case_mapping.h"
#include "context.h"
#include "digest.h"
#include "go_strings.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"
#include "leasehold/gotemplate/unicode.h"
#include "random.h"
#include "sprig_convert.h"
#include "sprig_words.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kInt;
using gotemplate::kString;
using gotemplate::kStringList;
using gotemplate::kStringMap;

Value text(std::string_view value) { return Value::string(value); }
std::int64_t size_of(std::string_view value) { return static_cast<std::int64_t>(value.size()); }

Result<Value> upper(Call& call) { return text(to_upper_text(call.text(0))); }
Result<Value> lower(Call& call) { return text(to_lower_text(call.text(0))); }
Result<Value> title(Call& call) { return text(title_words(call.text(0))); }
Result<Value> untitle(Call& call) { return text(untitle_words(call.text(0))); }
Result<Value> swapped(Call& call) { return text(swap_case(call.text(0))); }
Result<Value> camel(Call& call) { return text(camel_case(call.text(0))); }
Result<Value> snake(Call& call) { return text(joined_case(call.text(0), '_')); }
Result<Value> kebab(Call& call) { return text(joined_case(call.text(0), '-')); }
Result<Value> nospace(Call& call) { return text(without_spaces(call.text(0))); }
Result<Value> initials(Call& call) { return text(initials_of(call.text(0))); }
Result<Value> trim(Call& call) { return text(trim_unicode_space(call.text(0))); }
Result<Value> trim_all(Call& call) { return text(trim_runes(call.text(1), call.text(0))); }

Result<Value> trim_prefix(Call& call) {
  return text(call.text(1).substr(call.text(1).starts_with(call.text(0)) ? call.text(0).size() : 0));
}

Result<Value> trim_suffix(Call& call) {
  const std::string_view whole = call.text(1);
  return text(whole.substr(0, whole.size() - (whole.ends_with(call.text(0)) ? call.text(0).size() : 0)));
}

Result<Value> trunc(Call& call) {
  const std::string_view whole = call.text(1);
  const std::int64_t count = call.integer(0);
  if (count >= 0) return text(whole.substr(0, static_cast<std::size_t>(count)));
  if (count < -size_of(whole)) return text(whole);
  return text(whole.substr(static_cast<std::size_t>(size_of(whole) + count)));
}

Error bad_slice(const std::string& bounds) { return invalid("runtime error: slice bounds out of range " + bounds); }

Result<Value> substr(Call& call) {
  const std::string_view whole = call.text(2);
  const std::int64_t length = size_of(whole);
  std::int64_t start = call.integer(0);
  std::int64_t end = call.integer(1);
  if (start < 0) {
    start = 0;
    if (end < 0) return bad_slice("[:" + std::to_string(end) + "]");
    if (end > length) return bad_slice("[:" + std::to_string(end) + "] with length " + std::to_string(length));
  } else if (end < 0 || end > length) {
    end = length;
  }
  if (start > end) return bad_slice("[" + std::to_string(start) + ":" + std::to_string(end) + "]");
  return text(whole.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
}

Result<Value> abbrev(Call& call) { return text(abbreviate(call.text(1), call.integer(0))); }
Result<Value> abbrev_both(Call& call) {
  return text(abbreviate_both(call.text(2), call.integer(0), call.integer(1)));
}

Result<std::string> repeated(std::string_view part, std::int64_t count) {
  if (count < 0) return invalid("strings: negative Repeat count");
  if (!part.empty() && count > kRepeatBytesMax / size_of(part)) return invalid("strings: Repeat output length overflow");
  std::string out;
  for (std::int64_t round = 0; round < count && !part.empty(); ++round) out += part;
  return out;
}

Result<Value> repeat(Call& call) {
  auto out = repeated(call.text(1), call.integer(0));
  if (!out) return out.error();
  return text(*out);
}

Result<Value> indented(Call& call, std::string_view before) {
  auto spaces = repeated(" ", call.integer(0));
  if (!spaces) return spaces.error();
  const auto lines = std::ranges::count(call.text(1), '\n') + 1;
  if (size_of(*spaces) > kRepeatBytesMax / lines) return invalid("indented text is too large");
  return text(std::string(before) + *spaces + replace_text(call.text(1), "\n", "\n" + *spaces));
}

Result<Value> indent(Call& call) { return indented(call, ""); }
Result<Value> nindent(Call& call) { return indented(call, "\n"); }
Result<Value> replace(Call& call) { return text(replace_text(call.text(2), call.text(0), call.text(1))); }
Result<Value> contains(Call& call) { return Value::boolean(call.text(1).find(call.text(0)) != std::string_view::npos); }
Result<Value> has_prefix(Call& call) { return Value::boolean(call.text(1).starts_with(call.text(0))); }
Result<Value> has_suffix(Call& call) { return Value::boolean(call.text(1).ends_with(call.text(0))); }

template <class Show>
Result<Value> joined(Call& call, Show show) {
  std::string out;
  bool first = true;
  for (const Value& value : call.arguments) {
    if (!value.valid()) continue;
    if (!first) out += " ";
    first = false;
    out += show(gotemplate::to_text(value));
  }
  return text(out);
}

Result<Value> quote(Call& call) { return joined(call, [](const std::string& part) { return go_quote(part); }); }
Result<Value> squote(Call& call) { return joined(call, [](const std::string& part) { return "'" + part + "'"; }); }
Result<Value> cat(Call& call) { return joined(call, [](const std::string& part) { return part; }); }

Result<Value> wrap(Call& call) { return text(wrap_text(call.text(1), call.integer(0), "", false)); }
Result<Value> wrap_with(Call& call) { return text(wrap_text(call.text(2), call.integer(0), call.text(1), true)); }
Result<Value> plural(Call& call) { return call[call.integer(2) == 1 ? 0 : 1]; }

Result<Value> sha1(Call& call) { return text(sha1_hex(call.text(0))); }
Result<Value> sha256(Call& call) { return text(sha256_hex(call.text(0))); }
Result<Value> sha512(Call& call) { return text(sha512_hex(call.text(0))); }
Result<Value> adler(Call& call) { return text(std::to_string(adler32(call.text(0)))); }
Result<Value> b64enc(Call& call) { return text(base64_encode(call.text(0))); }
Result<Value> b32enc(Call& call) { return text(base32_encode(call.text(0))); }

/// compat: a wrong input gives the error's text as the result, golden/templates/sprig_strings
Value or_error(const Result<std::string>& bytes) { return text(bytes ? *bytes : bytes.error().message); }
Result<Value> b64dec(Call& call) { return or_error(base64_decode(call.text(0))); }
Result<Value> b32dec(Call& call) { return or_error(base32_decode(call.text(0))); }

Result<Value> to_string(Call& call) { return text(gotemplate::to_text(call[0])); }
Result<Value> to_strings(Call& call) { return Value::strings(lenient_strings(call[0])); }
Result<Value> join_all(Call& call) { return text(join(lenient_strings(call[1]), call.text(0))); }

Result<Value> sort_alpha(Call& call) {
  std::vector<std::string> texts = lenient_strings(call[0]);
  if (!call[0].valid()) texts.emplace_back("<nil>");
  std::ranges::sort(texts);
  Value sorted = Value::strings(texts);
  // compat: a []string is sorted in place, golden/templates/variables_pipelines
  if (call[0].is(kStringList) && !call[0].is_nil()) {
    Value original = call[0];
    original.mutable_items() = sorted.items();
  }
  return sorted;
}

Value numbered(const std::vector<std::string>& parts) {
  Value map = Value::map(kStringMap);
  for (std::size_t index = 0; index < parts.size(); ++index) map.set("_" + std::to_string(index), text(parts[index]));
  return map;
}

Result<Value> split_map(Call& call) { return numbered(split_at(call.text(1), call.text(0), -1)); }
Result<Value> splitn_map(Call& call) { return numbered(split_at(call.text(2), call.text(0), call.integer(1))); }
Result<Value> split_list(Call& call) { return Value::strings(split_at(call.text(1), call.text(0), -1)); }
Result<Value> hello(Call& /*call*/) { return text("Hello!"); }

Result<Value> shuffle(Call& call) {
  std::vector<std::string> runes = split_at(call.text(0), "", -1);
  for (std::size_t index = runes.size(); index > 1; --index) std::swap(runes[index - 1], runes[random_below(index)]);
  return text(join(runes, ""));
}

// clang-format off
constexpr Function kSprigStrings[] = {
    {"sprig_upper",      types<kString>,                   false, &upper,       "upper case"},
    {"sprig_lower",      types<kString>,                   false, &lower,       "lower case"},
    {"sprig_title",      types<kString>,                   false, &title,       "every word with a capital"},
    {"sprig_untitle",    types<kString>,                   false, &untitle,     "every word without a capital"},
    {"sprig_swapcase",   types<kString>,                   false, &swapped,     "upper for lower case and back"},
    {"sprig_camelcase",  types<kString>,                   false, &camel,       "CamelCase"},
    {"sprig_snakecase",  types<kString>,                   false, &snake,       "snake_case"},
    {"sprig_kebabcase",  types<kString>,                   false, &kebab,       "kebab-case"},
    {"sprig_nospace",    types<kString>,                   false, &nospace,     "without white space"},
    {"sprig_initials",   types<kString>,                   false, &initials,    "first letter of every word"},
    {"sprig_trim",       types<kString>,                   false, &trim,        "without white space at both ends"},
    {"sprig_trimAll",    types<kString, kString>,          false, &trim_all,    "without a set of runes at both ends"},
    {"sprig_trimall",    types<kString, kString>,          false, &trim_all,    "without a set of runes at both ends"},
    {"sprig_trimPrefix", types<kString, kString>,          false, &trim_prefix, "without a prefix"},
    {"sprig_trimSuffix", types<kString, kString>,          false, &trim_suffix, "without a suffix"},
    {"sprig_trunc",      types<kInt, kString>,             false, &trunc,       "first bytes, or last ones if negative"},
    {"sprig_substr",     types<kInt, kInt, kString>,       false, &substr,      "part of a text, in bytes"},
    {"sprig_abbrev",     types<kInt, kString>,             false, &abbrev,      "cut with ..."},
    {"sprig_abbrevboth", types<kInt, kInt, kString>,       false, &abbrev_both, "cut with ... at both sides"},
    {"sprig_repeat",     types<kInt, kString>,             false, &repeat,      "several times"},
    {"sprig_indent",     types<kInt, kString>,             false, &indent,      "spaces before every line"},
    {"sprig_nindent",    types<kInt, kString>,             false, &nindent,     "a newline, then spaces before every line"},
    {"sprig_replace",    types<kString, kString, kString>, false, &replace,     "every occurrence replaced"},
    {"sprig_contains",   types<kString, kString>,          false, &contains,    "whether a text contains another"},
    {"sprig_hasPrefix",  types<kString, kString>,          false, &has_prefix,  "whether a text begins with another"},
    {"sprig_hasSuffix",  types<kString, kString>,          false, &has_suffix,  "whether a text ends with another"},
    {"sprig_quote",      types<kAny>,                      true,  &quote,       "in double quotes, escaped"},
    {"sprig_squote",     types<kAny>,                      true,  &squote,      "in single quotes"},
    {"sprig_cat",        types<kAny>,                      true,  &cat,         "with spaces between"},
    {"sprig_wrap",       types<kInt, kString>,             false, &wrap,        "broken into lines"},
    {"sprig_wrapWith",   types<kInt, kString, kString>,    false, &wrap_with,   "broken by another separator"},
    {"sprig_plural",     types<kString, kString, kInt>,    false, &plural,      "one of two texts, by a number"},
    {"sprig_sha1sum",    types<kString>,                   false, &sha1,        "SHA-1 in hex"},
    {"sprig_sha256sum",  types<kString>,                   false, &sha256,      "SHA-256 in hex"},
    {"sprig_sha512sum",  types<kString>,                   false, &sha512,      "SHA-512 in hex"},
    {"sprig_adler32sum", types<kString>,                   false, &adler,       "Adler-32 in decimal"},
    {"sprig_b64enc",     types<kString>,                   false, &b64enc,      "base64"},
    {"sprig_b64dec",     types<kString>,                   false, &b64dec,      "bytes of a base64 text"},
    {"sprig_b32enc",     types<kString>,                   false, &b32enc,      "base32"},
    {"sprig_b32dec",     types<kString>,                   false, &b32dec,      "bytes of a base32 text"},
    {"sprig_toString",   types<kAny>,                      false, &to_string,   "the text of a value"},
    {"sprig_toStrings",  types<kAny>,                      false, &to_strings,  "the texts of a list"},
    {"sprig_join",       types<kString, kAny>,             false, &join_all,    "texts with separators between"},
    {"sprig_sortAlpha",  types<kAny>,                      false, &sort_alpha,  "texts in order"},
    {"sprig_split",      types<kString, kString>,          false, &split_map,   "parts as a map _0, _1, …"},
    {"sprig_splitn",     types<kString, kInt, kString>,    false, &splitn_map,  "at most so many parts as a map"},
    {"sprig_splitList",  types<kString, kString>,          false, &split_list,  "parts as a list"},
    {"sprig_hello",      {},                               false, &hello,       "Hello!"},
    {"sprig_shuffle",    types<kString>,                   false, &shuffle,     "the runes in random order"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_strings() { return kSprigStrings; }

}  // namespace leasehold::gofuncs
