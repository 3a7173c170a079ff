// The generated page is up to date and names every key once in its block.
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config_tables.h"

namespace leasehold::agent::config {
namespace {

TEST(ConfigDocs, PageIsUpToDate) {
  std::ifstream file(LEASEHOLD_SOURCE_DIR "/docs/agent-configuration.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(page, configuration_page()) << "run: agent-config-docs > docs/agent-configuration.md";
}

TEST(ConfigDocs, EveryKeyHasAHelpAndStandsOnce) {
  for (const BlockInfo& block : documented_blocks()) {
    std::set<std::string_view> seen;
    EXPECT_FALSE(block.keys.empty()) << block.name;
    for (const KeyInfo& key : block.keys) {
      EXPECT_TRUE(seen.insert(key.name).second) << block.name << "." << key.name;
      EXPECT_FALSE(key.help.empty()) << block.name << "." << key.name;
    }
  }
}

}  // namespace
}  // namespace leasehold::agent::config
