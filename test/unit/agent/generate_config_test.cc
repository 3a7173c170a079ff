#include "generate_config.h"

#include <gtest/gtest.h>

#include "config.h"

namespace leasehold::agent {
namespace {

TEST(GenerateConfig, NamesOfVariables) {
  struct Row {
    std::string_view path;
    std::string_view key;
    std::string_view want;
  };
  for (const Row& row : {Row{"secret/data/app", "user", "APP_USER"}, Row{"secret/app", "db-user", "APP_DB_USER"},
                         Row{"app", "a.b", "APP_A_B"}, Row{"secret/my-app", "x", "MY_APP_X"},
                         Row{"secret/app", "__x__", "APP_X"}}) {
    EXPECT_EQ(variable_name(std::string(row.path), std::string(row.key)), row.want);
  }
}

TEST(GenerateConfig, WordsOfAShell) {
  EXPECT_EQ(shell_words("./app arg"), (std::vector<std::string>{"./app", "arg"}));
  EXPECT_EQ(shell_words("  sh -c 'a  b' \"c \\\" d\" e\\ f '' "),
            (std::vector<std::string>{"sh", "-c", "a  b", "c \" d", "e f", ""}));
  EXPECT_TRUE(shell_words(" ").empty());
}

TEST(GenerateConfig, ItsOutputIsAConfiguration) {
  const std::string text = generated_config({.address = "http://127.0.0.1:8200",
                                             .token_file = "/vault/token",
                                             .secrets = {{"secret/data/app", {"user", "db-pass"}, true}, {"kv/x", {"k"}, false}},
                                             .command = {"./app", "arg"}});
  const auto loaded = parse_config("agent.hcl", text);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message << text;
  EXPECT_TRUE(loaded->warnings.empty());
  EXPECT_TRUE(validate_config(loaded->config).has_value());
  ASSERT_EQ(loaded->config.env_templates.size(), 3U);
  EXPECT_EQ(loaded->config.env_templates[0].name, "APP_USER");
  EXPECT_EQ(loaded->config.env_templates[0].block.contents, R"({{ with secret "secret/data/app" }}{{ .Data.data.user }}{{ end }})");
  EXPECT_EQ(loaded->config.env_templates[1].block.contents,
            R"({{ with secret "secret/data/app" }}{{ index .Data.data "db-pass" }}{{ end }})");
  EXPECT_EQ(loaded->config.env_templates[2].block.contents, R"({{ with secret "kv/x" }}{{ .Data.k }}{{ end }})");
  EXPECT_EQ(loaded->config.exec->command, (std::vector<std::string>{"./app", "arg"}));
  EXPECT_TRUE(loaded->config.template_config.exit_on_retry_failure);
}

}  // namespace
}  // namespace leasehold::agent
