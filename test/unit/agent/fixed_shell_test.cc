#include "fixed_shell.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace leasehold::agent {
namespace {

namespace fs = std::filesystem;
using First = ShellLine::First;
using Words = std::vector<std::string>;

constexpr const char* kDecodeLine =
    "echo ${VAULT_CONFIG?} | base64 -d > /home/vault/config.json && vault agent -config=/home/vault/config.json";

TEST(FixedShell, KnowsItsName) {
  for (const char* name : {"sh", "/bin/sh", "-sh", "./sh"}) EXPECT_TRUE(is_shell_name(name)) << name;
  for (const char* name : {"", "vault", "/bin/vault", "/sh/vault", "bash", "sh.exe", "/bin/sh/"}) {
    EXPECT_FALSE(is_shell_name(name)) << name;
  }
}

// golden/injector: these are all of the lines that the recorded pods have.
TEST(FixedShell, ReadsTheLinesOfInjectors) {
  struct Row {
    const char* flag;
    const char* line;
    ShellLine read;
  };
  const Row kRows[] = {
      {"-ec", kDecodeLine, {First::DecodeConfig, "/home/vault/config.json", {}, {"agent", "-config=/home/vault/config.json"}}},
      {"-ec", "touch /home/vault/.vault-token && vault agent -config=/vault/configs/config-init.hcl",
       {First::Touch, "/home/vault/.vault-token", {}, {"agent", "-config=/vault/configs/config-init.hcl"}}},
      {"-ec", "touch /home/vault/.vault-token && vault agent -config=/vault/configs/config.hcl",
       {First::Touch, "/home/vault/.vault-token", {}, {"agent", "-config=/vault/configs/config.hcl"}}},
      {"-c",
       "/bin/sleep 5 && /bin/vault token revoke -address=https://vault.vault.svc:8200 -ca-cert=/vault/tls/ca.crt "
       "-client-cert=/vault/tls/c.crt -client-key=/vault/tls/c.key -self",
       {First::Sleep,
        "",
        std::chrono::seconds(5),
        {"token", "revoke", "-address=https://vault.vault.svc:8200", "-ca-cert=/vault/tls/ca.crt",
         "-client-cert=/vault/tls/c.crt", "-client-key=/vault/tls/c.key", "-self"}}},
      {"-c", "/bin/sleep 5 && /bin/vault token revoke -address=http://[::1]:8200 -self",
       {First::Sleep, "", std::chrono::seconds(5), {"token", "revoke", "-address=http://[::1]:8200", "-self"}}},
      // By hand, and with the other names.
      {"-c", "vault version", {First::Nothing, "", {}, {"version"}}},
      {"-c", "  exec   /bin/bao  agent  -config=/c.hcl ", {First::Nothing, "", {}, {"agent", "-config=/c.hcl"}}},
      {"-c", "leasehold-agent status", {First::Nothing, "", {}, {"status"}}},
  };
  for (const Row& row : kRows) {
    const auto read = parse_shell(Words{row.flag, row.line});
    ASSERT_TRUE(read) << row.line << ": " << read.error().message;
    EXPECT_EQ(*read, row.read) << row.line;
  }
}

TEST(FixedShell, RefusesAllElseAndSaysWhy) {
  struct Row {
    Words arguments;
    const char* why;
  };
  const Row kRows[] = {
      {{}, "no command line"},
      {{"-i"}, "only -ec and -c"},
      {{"-ec"}, "one line"},
      {{"-c", "vault version", "name"}, "nothing after it"},
      {{"script.sh", "vault version"}, "only -ec and -c"},
      {{"-ec", ""}, "another program than vault"},
      {{"-ec", "vault"}, "no command"},
      {{"-ec", "kill -HUP $(pidof web)"}, "another program than vault"},
      {{"-ec", "/usr/bin/vault agent"}, "another program than vault"},
      {{"-ec", "&& vault agent"}, "something else than"},
      {{"-ec", "vault agent &&"}, "something else than"},
      {{"-ec", "touch /a && "}, "another program than vault"},
      {{"-ec", "touch /a && touch /b && vault agent"}, "another program than vault"},
      {{"-ec", "touch /a /b && vault agent"}, "something else than"},
      {{"-ec", "touch a && vault agent"}, "absolute path"},
      {{"-ec", "touch /home/$USER && vault agent"}, "character $"},
      {{"-ec", "vault agent -config=`id`"}, "character `"},
      {{"-ec", "vault agent > /tmp/log"}, "character >"},
      {{"-ec", "vault agent; reboot"}, "character ;"},
      {{"-ec", "vault agent & "}, "character &"},
      {{"-ec", "vault agent || true"}, "character |"},
      {{"-ec", "vault agent \"-config=/a\""}, "character \""},
      {{"-ec", "vault agent # note"}, "leading #"},
      {{"-ec", "vault agent ~/config"}, "leading ~"},
      {{"-ec", "vault agent\nreboot"}, "line end"},
      {{"-ec", std::string("vault agent\0x", 13)}, "line end"},
      {{"-ec", "vault agent\treboot"}, "line end"},
      {{"-ec", "echo ${VAULT_CONFIG} | base64 -d > /a && vault agent"}, "something else than"},
      {{"-ec", "echo ${OTHER?} | base64 -d > /a && vault agent"}, "something else than"},
      {{"-ec", "echo ${VAULT_CONFIG?} | base64 -d > a && vault agent"}, "absolute path"},
      {{"-ec", "echo ${VAULT_CONFIG?} | base64 -d > && vault agent"}, "something else than"},
      {{"-ec", "/bin/sleep 1.5 && vault version"}, "whole seconds"},
      {{"-ec", "/bin/sleep -1 && vault version"}, "whole seconds"},
      {{"-ec", "/bin/sleep +1 && vault version"}, "whole seconds"},
      {{"-ec", "/bin/sleep 86401 && vault version"}, "whole seconds"},
      {{"-ec", "/bin/sleep 99999999999999999999 && vault version"}, "whole seconds"},
      {{"-ec", "/bin/sleep && vault version"}, "something else than"},
      {{"-ec", "/bin/sleep 5; vault version"}, "another program than vault"},
      {{"-ec", "vault " + std::string(70'000, 'a')}, "64 KiB"},
  };
  for (const Row& row : kRows) {
    const auto read = parse_shell(row.arguments);
    const std::string shown = row.arguments.empty() ? "" : row.arguments.back().substr(0, 100);
    ASSERT_FALSE(read) << shown;
    EXPECT_NE(read.error().message.find(row.why), std::string::npos) << shown << ": " << read.error().message;
  }
}

class FixedShellFiles : public ::testing::Test {
 protected:
  FixedShellFiles() {
    std::string pattern = (fs::temp_directory_path() / "fixed-shell-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FixedShellFiles() override { fs::remove_all(folder_); }

  int run(const std::string& line) {
    const auto environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    return run_shell(Words{"-ec", line}, environment, [this](std::span<const std::string> words) {
      ran_.emplace_back(words.begin(), words.end());
      return 7;
    });
  }

  static std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder_;
  std::map<std::string, std::string, std::less<>> variables_;
  std::vector<Words> ran_;
};

TEST_F(FixedShellFiles, DecodesTheConfigurationThenRuns) {
  const fs::path path = folder_ / "config.json";
  std::ofstream(path) << "something longer that was here before";
  variables_["VAULT_CONFIG"] = "eyJ2YXVsdCI6\n e30sCn0=\n";
  EXPECT_EQ(run("echo ${VAULT_CONFIG?} | base64 -d > " + path.string() + " && vault agent -config=" + path.string()), 7);
  EXPECT_EQ(content(path), "{\"vault\":{},\n}");
  EXPECT_EQ(ran_, (std::vector<Words>{{"agent", "-config=" + path.string()}}));
}

TEST_F(FixedShellFiles, RunsNothingWhenTheConfigurationIsMissingOrBroken) {
  const std::string line = "echo ${VAULT_CONFIG?} | base64 -d > " + (folder_ / "c").string() + " && vault agent";
  EXPECT_EQ(run(line), 2);
  variables_["VAULT_CONFIG"] = "{}";
  EXPECT_EQ(run(line), 1);
  EXPECT_FALSE(fs::exists(folder_ / "c"));
  variables_["VAULT_CONFIG"] = "e30=";
  EXPECT_EQ(run("echo ${VAULT_CONFIG?} | base64 -d > " + (folder_ / "no/folder").string() + " && vault agent"), 1);
  EXPECT_EQ(run("touch " + (folder_ / "no/folder").string() + " && vault agent"), 1);
  EXPECT_TRUE(ran_.empty());
}

TEST_F(FixedShellFiles, TouchKeepsWhatIsThere) {
  const fs::path path = folder_ / ".vault-token";
  EXPECT_EQ(run("touch " + path.string() + " && vault agent"), 7);
  EXPECT_EQ(content(path), "");
  std::ofstream(path) << "kept";
  EXPECT_EQ(run("touch " + path.string() + " && vault agent"), 7);
  EXPECT_EQ(content(path), "kept");
}

TEST_F(FixedShellFiles, SleepsBeforeItRuns) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run("/bin/sleep 1 && /bin/vault token revoke -self"), 7);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_EQ(ran_, (std::vector<Words>{{"token", "revoke", "-self"}}));
}

TEST_F(FixedShellFiles, TheRefusalNamesTheNotifyAndNoValues) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run("kill -HUP $(pidof web)"), 127);
  EXPECT_EQ(run("deploy --password hunter2"), 127);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("notify { signal = \"SIGHUP\"  process = \"web\" }"), std::string::npos) << said;
  EXPECT_NE(said.find("this image has no shell"), std::string::npos) << said;
  EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
  EXPECT_TRUE(ran_.empty());
}

}  // namespace
}  // namespace leasehold::agent
