// Sprig's regular expressions (spec 12.6).
#include <string>

#include "context.h"
#include "go_regex.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kInt;
using gotemplate::kString;
using gotemplate::kStringList;

/// The plain variants panic in the original, which words the error differently.
Result<Regex> compile(Call& call) {
  auto regex = Regex::create(call.text(0));
  if (regex || call.function.name.starts_with("sprig_must")) return regex;
  return invalid("regexp: Compile(" + gotemplate::format("%#q", {&call[0], 1}) + "): " + regex.error().message);
}

Result<Value> match(Call& call) {
  auto regex = Regex::create(call.text(0));
  return Value::boolean(regex && regex->matches(call.text(1)));
}

Result<Value> must_match(Call& call) {
  auto regex = compile(call);
  if (!regex) return regex.error();
  return Value::boolean(regex->matches(call.text(1)));
}

Result<Value> find(Call& call) {
  auto regex = compile(call);
  if (!regex) return regex.error();
  return Value::string(regex->find(call.text(1)).value_or(""));
}

Result<Value> find_all(Call& call) {
  auto regex = compile(call);
  if (!regex) return regex.error();
  Items found;
  for (const auto& [begin, end] : regex->find_all(call.text(1), call.integer(2))) {
    found.push_back(Value::string(call.text(1).substr(begin, end - begin)));
  }
  return found.empty() ? Value::nil(kStringList) : Value::list(std::move(found), kStringList);
}

Result<Value> replace(Call& call, bool expand) {
  auto regex = compile(call);
  if (!regex) return regex.error();
  return Value::string(regex->replace(call.text(1), call.text(2), expand));
}

Result<Value> replace_all(Call& call) { return replace(call, true); }
Result<Value> replace_literal(Call& call) { return replace(call, false); }

Result<Value> split(Call& call) {
  auto regex = compile(call);
  if (!regex) return regex.error();
  if (call.integer(2) == 0) return Value::nil(kStringList);
  return Value::strings(regex->split(call.text(1), call.integer(2)));
}

Result<Value> quote_meta(Call& call) {
  std::string out;
  for (const char c : call.text(0)) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return Value::string(out);
}

// clang-format off
constexpr Function kSprigRegex[] = {
    {"sprig_regexMatch",                 types<kString, kString>,          false, &match,           "whether an expression matches"},
    {"sprig_mustRegexMatch",             types<kString, kString>,          false, &must_match,      "whether an expression matches"},
    {"sprig_regexFind",                  types<kString, kString>,          false, &find,            "the first match"},
    {"sprig_mustRegexFind",              types<kString, kString>,          false, &find,            "the first match"},
    {"sprig_regexFindAll",               types<kString, kString, kInt>,    false, &find_all,        "up to so many matches"},
    {"sprig_mustRegexFindAll",           types<kString, kString, kInt>,    false, &find_all,        "up to so many matches"},
    {"sprig_regexReplaceAll",            types<kString, kString, kString>, false, &replace_all,     "every match replaced; $1 is a group"},
    {"sprig_mustRegexReplaceAll",        types<kString, kString, kString>, false, &replace_all,     "every match replaced; $1 is a group"},
    {"sprig_regexReplaceAllLiteral",     types<kString, kString, kString>, false, &replace_literal, "every match replaced"},
    {"sprig_mustRegexReplaceAllLiteral", types<kString, kString, kString>, false, &replace_literal, "every match replaced"},
    {"sprig_regexSplit",                 types<kString, kString, kInt>,    false, &split,           "the parts between matches"},
    {"sprig_mustRegexSplit",             types<kString, kString, kInt>,    false, &split,           "the parts between matches"},
    {"sprig_regexQuoteMeta",             types<kString>,                   false, &quote_meta,      "a text as an expression"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_regex() { return kSprigRegex; }

}  // namespace leasehold::gofuncs
