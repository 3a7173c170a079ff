// The generated page is up to date, and every function stands once with a help.
#include "function_page.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "denylist.h"

namespace leasehold::gofuncs {
namespace {

TEST(FunctionPage, IsUpToDate) {
  std::ifstream file(LEASEHOLD_SOURCE_DIR "/docs/templates.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(page, function_page()) << "run: template-docs > docs/templates.md";
}

TEST(FunctionPage, EveryFunctionHasAHelpAndStandsOnce) {
  std::set<std::string_view> seen;
  const auto check = [&seen](std::span<const gotemplate::Function> rows) {
    for (const gotemplate::Function& row : rows) {
      EXPECT_TRUE(seen.insert(row.name).second) << row.name;
      EXPECT_FALSE(row.help.empty()) << row.name;
      EXPECT_NE(row.help, "the same") << row.name;
    }
  };
  check(gotemplate::builtin_functions());
  for (const Subject& subject : subjects()) {
    check(subject.rows);
    for (const gotemplate::Function& row : subject.rows) {
      EXPECT_EQ(row.name.starts_with("sprig_"), subject.title.starts_with("Sprig")) << row.name;
    }
  }
}

}  // namespace
}  // namespace leasehold::gofuncs
