#include "lexer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace leasehold::gotemplate {
namespace {

std::string tokens_of(std::string_view text, std::string_view left = "{{", std::string_view right = "}}") {
  Lexer lexer(text, left, right);
  std::string out;
  for (Token token = lexer.next();; token = lexer.next()) {
    if (token.type == TokenType::Eof) return out;
    if (token.type == TokenType::Error) return out + "error: " + std::string(token.text);
    out += "[" + std::string(token.text) + "]";
  }
}

struct Row {
  std::string text;
  std::string want;
};

TEST(Lexer, SplitsTextAndActions) {
  const Row rows[] = {
      {"plain", "[plain]"},
      {"a{{ 1 }}b", "[a][{{][ ][1][ ][}}][b]"},
      {"a  {{- 1 -}}  b", "[a][{{][1][}}][b]"},
      {"{{-3}}", "[{{][-3][}}]"},
      {"{{/* c */}}x", "[x]"},
      {"a {{- /* c */ -}} b", "[a][b]"},
      {"{{ $x:=.a.b|f }}", "[{{][ ][$x][:=][.a][.b][|][f][ ][}}]"},
      {"{{ \"}}\" `}}` }}", "[{{][ ][\"}}\"][ ][`}}`][ ][}}]"},
      {"{{ (1) }}", "[{{][ ][(][1][)][ ][}}]"},
      {"{{ 1+2i .5 0x1p4 }}", "[{{][ ][1+2i][ ][.5][ ][0x1p4][ ][}}]"},
  };
  for (const Row& row : rows) EXPECT_EQ(tokens_of(row.text), row.want) << row.text;
}

TEST(Lexer, NamesTheMistake) {
  const Row rows[] = {
      {"{{ \"a", "[{{][ ]error: unterminated quoted string"},
      {"{{ `a", "[{{][ ]error: unterminated raw quoted string"},
      {"{{ 'a", "[{{][ ]error: unterminated character constant"},
      {"{{ 12a }}", "[{{][ ]error: bad number syntax: \"12a\""},
      {"{{ .a-b }}", "[{{][ ]error: bad character U+002D '-'"},
      {"{{ ( }}", "[{{][ ][(][ ]error: unclosed left paren"},
      {"{{ ) }}", "[{{][ ]error: unexpected right paren"},
      {"{{ : }}", "[{{][ ]error: expected :="},
      {"{{/* x", "error: unclosed comment"},
      {"{{/* x */ }}", "error: comment ends before closing delimiter"},
      {"{{ 1", "[{{][ ][1]error: unclosed action"},
      {"{{ \x01 }}", "[{{][ ]error: unrecognized character in action: U+0001"},
  };
  for (const Row& row : rows) EXPECT_EQ(tokens_of(row.text), row.want) << row.text;
}

TEST(Lexer, KnowsOtherDelimiters) {
  EXPECT_EQ(tokens_of("{{ <<1>> }}", "<<", ">>"), "[{{ ][<<][1][>>][ }}]");
  EXPECT_EQ(tokens_of("@@ 1 @@", "@@", "@@"), "[@@][ ][1][ ][@@]");
}

TEST(Lexer, CountsLines) {
  Lexer lexer("a\nb{{\n 1 }}\n{{ x", "{{", "}}");
  std::vector<int> lines;
  for (Token token = lexer.next(); token.type != TokenType::Error; token = lexer.next()) lines.push_back(lexer.line_of(token.position));
  // text, {{, newline and space, 1, space, }}, newline, {{, space, x
  EXPECT_EQ(lines, (std::vector<int>{1, 2, 2, 3, 3, 3, 3, 4, 4, 4}));
}

}  // namespace
}  // namespace leasehold::gotemplate
