// Templates that would take endless time or memory: each must end with a clear error or a bounded text.
#include <string>

#include <gtest/gtest.h>

#include "leasehold/base/limits.h"
#include "leasehold/gofuncs/render.h"

namespace leasehold::gofuncs {
namespace {

class NoData final : public DataSource {
 public:
  [[nodiscard]] const gotemplate::Value* find(const Dependency& /*dependency*/) const override { return nullptr; }
};

constexpr std::size_t kStatementsMax = 100000;

Pass render(std::string text) {
  TemplateOptions options;
  options.contents = std::move(text);
  options.statements_max = kStatementsMax;
  return Template::create(std::move(options), {})->render(NoData());
}

std::string times(int count, const std::string& part) {
  std::string out;
  for (int i = 0; i < count; ++i) out += part;
  return out;
}

struct ErrorRow {
  const char* name;
  std::string text;
  const char* want;  ///< the end of the error
};

TEST(Bounds, EndWithAnError) {
  const std::string doubled_lists = "{{ $x := sprig_list 1 }}{{ range loop 64 }}{{ $x = sprig_list $x $x }}{{ end }}";
  const ErrorRow rows[] = {
      {"repeat", "{{ sprig_repeat 1000000000 \"abc\" }}", "strings: Repeat output length overflow"},
      {"indent", "{{ indent 1000000000 \"x\" }}", "indent value is too large"},
      {"sprig indent", "{{ sprig_indent 1000000000 \"x\\ny\" }}", "strings: Repeat output length overflow"},
      {"nindent", "{{ sprig_nindent 1000000000 \"x\\ny\" }}", "strings: Repeat output length overflow"},
      {"endless template", "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}", "more than 100000 statements"},
      {"endless executeTemplate", "{{ executeTemplate \"\" }}", "exceeded maximum template depth (200)"},
      {"parentheses", "{{ " + times(20000, "(") + "1" + times(20000, ")") + " }}", "max expression depth exceeded"},
      {"blocks", times(20000, "{{ if 1 }}") + times(20000, "{{ end }}"), "exceeded maximum block depth"},
      {"loop", "{{ range loop 1000000000 }}x{{ end }}", "more than 100000 statements"},
      {"range over a number", "{{ range 1000000000000 }}{{ end }}", "more than 100000 statements"},
      {"until", "{{ sprig_until 1000000000 }}", "sequence is longer than 1000000"},
      {"untilStep", "{{ sprig_untilStep 0 9223372036854775807 1 }}", "sequence is longer than 1000000"},
      {"regular expression", "{{ regexMatch \"((a{1000}){1000}){1000}\" \"a\" }}", "`"},
      {"text that doubles", "{{ $x := \"0123456789\" }}{{ range loop 64 }}{{ $x = print $x $x }}{{ end }}", "bytes"},
      {"replaced text that doubles", "{{ $p := sprig_repeat 4096 \"a\" }}{{ $x := $p }}{{ range loop 64 }}{{ $x = replaceAll $p (print $p $p) $x }}{{ end }}", "bytes"},
      {"list that doubles", "{{ $x := sprig_list 1 }}{{ range loop 64 }}{{ $x = sprig_concat $x $x }}{{ end }}", "bytes"},
      {"tree that doubles, JSON", doubled_lists + "{{ toJSON $x }}", "too large"},
      {"tree that doubles, YAML", doubled_lists + "{{ toYAML $x }}", "too large"},
      {"tree that doubles, TOML", doubled_lists + "{{ toTOML $x }}", "too large"},
      {"output", "{{ $x := sprig_repeat 1000000 \"x\" }}{{ range loop 1000 }}{{ $x }}{{ end }}", "output exceeds 67108864 bytes"},
      {"deep JSON", "{{ parseJSON (sprig_repeat 1000000 \"[\") }}", "exceeded max depth"},
      {"deep YAML", "{{ parseYAML (sprig_repeat 100000 \"[\") }}", ""},
  };
  for (const ErrorRow& row : rows) {
    const Pass pass = render(row.text);
    ASSERT_TRUE(pass.error.has_value()) << row.name;
    EXPECT_TRUE(pass.error->ends_with(row.want)) << row.name << ": " << pass.error->substr(0, 300);
  }
}

TEST(Bounds, RenderWithinThem) {
  const std::string doubled = "{{ $x := sprig_list 1 }}{{ range loop 40 }}{{ $x = sprig_list $x $x }}{{ end }}";
  const std::string doubled_too = "{{ $y := sprig_list 1 }}{{ range loop 40 }}{{ $y = sprig_list $y $y }}{{ end }}";
  const std::string rows[] = {
      "{{ printf \"%1000000000d\" 1 }}",
      "{{ printf \"%999999d\" 1 }}",
      "{{ printf \"%.999999f\" 1.5 }}",
      "\xff\xfe{{ \"\xff\" }}\xc3",
      "{{ base64Encode (sprig_repeat 1000000 \"x\") | len }}",
      "{{ regexMatch \"(a*)*b\" (sprig_repeat 100000 \"a\") }}",
      "{{ regexReplaceAll \"(x+x+)+y\" \"\" (sprig_repeat 10000 \"x\") | len }}",
      "{{ range sprig_until 10 }}x{{ end }}",
      doubled + "{{ $z := sprig_deepCopy $x }}{{ len $z }}",
      doubled + doubled_too + "{{ sprig_deepEqual $x $y }}",
      doubled + "{{ sprig_has 1 $x }}{{ $d := sprig_dict \"a\" $x }}{{ len (sprig_set $d \"b\" $x) }}",
  };
  for (const std::string& row : rows) {
    const Pass pass = render(row);
    EXPECT_FALSE(pass.error.has_value()) << row << pass.error.value_or("");
    EXPECT_LE(pass.text.size(), limits::kRenderedFileBytesMax) << row;
  }
}

TEST(Bounds, InvalidUtf8IsKept) {
  EXPECT_EQ(render("\xff{{ \"\xfe\\xff\" }}\xc3").text.expose(), "\xff\xfe\xff\xc3");
}

}  // namespace
}  // namespace leasehold::gofuncs
