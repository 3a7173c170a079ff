// The configuration as it comes out: values, warnings, merging, and files that are none. What is
// refused and with which text is held by golden-agent-config.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "leasehold/base/limits.h"
#include "start_checks.h"

namespace leasehold::agent {
namespace {

namespace fs = std::filesystem;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class Folder {
 public:
  Folder() {
    std::string path = (fs::temp_directory_path() / "agent-config-XXXXXX").string();
    if (::mkdtemp(path.data()) != nullptr) path_ = path;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  [[nodiscard]] std::string path() const { return path_; }

 private:
  fs::path path_;
};

AgentConfig read(const std::string& text, std::vector<ConfigWarning>* warnings = nullptr) {
  Result<LoadedConfig> loaded = parse_config("agent.hcl", text);
  EXPECT_TRUE(loaded) << loaded.error().message;
  if (!loaded) return {};
  if (warnings != nullptr) *warnings = loaded->warnings;
  return std::move(loaded->config);
}

std::string error_of(const std::string& text) {
  const Result<LoadedConfig> loaded = parse_config("agent.hcl", text);
  return loaded ? "" : loaded.error().message;
}

const std::string kMinimal =
    "auto_auth {\n  method \"kubernetes\" { config = { role = \"orders\" } }\n"
    "  sink \"file\" { config = { path = \"/home/vault/.vault-token\" } }\n}\n";

TEST(Config, ReadsTheExampleOfTheSpecification) {
  const AgentConfig config = read(R"(pid_file = "/home/vault/.pid"
vault { address = "https://vault.vault.svc:8200"  ca_cert = "/vault/tls/ca.crt" retry { num_retries = "5" } }
auto_auth {
  method "kubernetes" {
    mount_path = "auth/kubernetes/"
    namespace = "/team/a"
    min_backoff = "500ms" max_backoff = 60
    config = { role = "orders" }
  }
  sink "file" { config = { path = "/home/vault/.vault-token" mode = 0600 } }
}
template_config { exit_on_retry_failure = true  static_secret_render_interval = "1m" lease_check_interval = "5s" }
template {
  destination = "/vault/secrets/db.env"
  perms       = "0400"
  contents    = <<-EOT
    {{- with secret "database/creds/orders" -}}
    PGUSER={{ .Data.username }}
    {{- end }}
    EOT
  command = ["/bin/sh", "-c", "kill -HUP $(pidof orders) || true"]
  wait = "2s"
  exec { timeout = "7s" }
}
)");
  EXPECT_EQ(config.pid_file, "/home/vault/.pid");
  ASSERT_TRUE(config.vault);
  EXPECT_EQ(config.vault->address, "https://vault.vault.svc:8200");
  EXPECT_EQ(config.vault->ca_cert, "/vault/tls/ca.crt");
  EXPECT_EQ(config.vault->num_retries, 5);
  ASSERT_TRUE(config.auto_auth);
  const MethodConfig& method = config.auto_auth->method;
  EXPECT_EQ(method.type, "kubernetes");
  EXPECT_EQ(method.mount_path, "auth/kubernetes");
  EXPECT_EQ(method.namespace_, "team/a/");
  EXPECT_EQ(method.min_backoff, std::chrono::milliseconds(500));
  EXPECT_EQ(method.max_backoff, minutes(1));
  EXPECT_EQ(method.config.at("role"), "orders");
  ASSERT_EQ(config.auto_auth->sinks.size(), 1U);
  EXPECT_EQ(config.auto_auth->sinks[0].path, "/home/vault/.vault-token");
  EXPECT_EQ(config.auto_auth->sinks[0].mode, 0600U);
  EXPECT_TRUE(config.template_config.exit_on_retry_failure);
  EXPECT_EQ(config.template_config.static_secret_render_interval, minutes(1));
  EXPECT_EQ(config.template_config.lease_check_interval, seconds(5));
  ASSERT_EQ(config.templates.size(), 1U);
  const TemplateBlock& block = config.templates[0];
  EXPECT_EQ(block.destination, "/vault/secrets/db.env");
  EXPECT_EQ(block.perms, 0400U);
  EXPECT_EQ(block.contents,
            "{{- with secret \"database/creds/orders\" -}}\nPGUSER={{ .Data.username }}\n{{- end }}\n");
  EXPECT_EQ(block.command, (std::vector<std::string>{"/bin/sh", "-c", "kill -HUP $(pidof orders) || true"}));
  EXPECT_EQ(block.wait_min, seconds(2));
  EXPECT_EQ(block.wait_max, seconds(8));
  EXPECT_EQ(block.command_timeout, seconds(7));
}

TEST(Config, ReadsWhatTheInjectorWrites) {
  const AgentConfig config = read(
      R"({"auto_auth":{"method":{"type":"kubernetes","mount_path":"auth/kubernetes","min_backoff":"2s",)"
      R"("config":{"role":"app","token_path":"/var/run/secrets/token"},"exit_on_err":true},)"
      R"("sink":[{"type":"file","config":{"path":"/home/vault/.vault-token"}},)"
      R"({"type":"file","config":{"path":"/vault/secrets/token"}}]},"exit_after_auth":true,)"
      R"("pid_file":"/home/vault/.pid","vault":{"address":"https://v:8200","tls_skip_verify":true},)"
      R"("template":[{"destination":"/vault/secrets/db","contents":"{{ with secret \"a\" }}\u003c{{ end }}",)"
      R"("left_delimiter":"{{","right_delimiter":"}}","perms":"0440","error_on_missing_key":true,"command":"kill -HUP 1"}],)"
      R"("listener":[{"type":"tcp","address":"127.0.0.1:8200","tls_disable":true,"agent_api":{"enable_quit":true}}],)"
      R"("cache":{"use_auto_auth_token":"true","persist":{"type":"kubernetes","path":"/vault/agent-cache","exit_on_err":true}},)"
      R"("template_config":{"exit_on_retry_failure":true,"static_secret_render_interval":"30s",)"
      R"("max_connections_per_host":5,"lease_renewal_threshold":0.75},"disable_idle_connections":["templating"],)"
      R"("telemetry":{"prometheus_retention_time":"24h","disable_hostname":true}})");
  ASSERT_TRUE(config.auto_auth);
  EXPECT_EQ(config.auto_auth->sinks.size(), 2U);
  EXPECT_TRUE(config.auto_auth->method.exit_on_err);
  EXPECT_EQ(config.auto_auth->method.min_backoff, seconds(2));
  EXPECT_TRUE(config.exit_after_auth);
  EXPECT_TRUE(config.vault->tls_skip_verify);
  ASSERT_EQ(config.templates.size(), 1U);
  EXPECT_EQ(config.templates[0].contents, "{{ with secret \"a\" }}<{{ end }}");
  EXPECT_EQ(config.templates[0].command, std::vector<std::string>{"kill -HUP 1"});
  EXPECT_TRUE(config.templates[0].error_on_missing_key);
  ASSERT_EQ(config.listeners.size(), 1U);
  EXPECT_TRUE(config.listeners[0].tls_disable);
  EXPECT_TRUE(config.listeners[0].enable_quit);
  EXPECT_EQ(config.cache->use_auto_auth_token, ProxyToken::Yes);
  EXPECT_EQ(config.cache->persist->path, "/vault/agent-cache");
  ASSERT_TRUE(config.api_proxy);
  EXPECT_TRUE(config.api_proxy->from_cache);
  EXPECT_EQ(config.template_config.max_connections_per_host, 5);
  EXPECT_DOUBLE_EQ(config.template_config.lease_renewal_threshold, 0.75);
  EXPECT_EQ(config.disable_idle_connections, std::vector<std::string>{"templating"});
  EXPECT_EQ(config.without_effect, (std::vector<std::string>{"cache", "api_proxy", "listener"}));
  EXPECT_TRUE(validate_config(config));
}

TEST(Config, HasDefaults) {
  const AgentConfig config = read(kMinimal + "template { contents = \"x\" destination = \"/x\" }\ntemplate_config { }\n");
  EXPECT_EQ(config.auto_auth->method.mount_path, "auth/kubernetes");
  EXPECT_EQ(config.auto_auth->sinks[0].mode, 0640U);
  EXPECT_EQ(config.templates[0].command_timeout, seconds(30));
  EXPECT_TRUE(config.templates[0].create_dest_dirs);
  EXPECT_TRUE(config.templates[0].error_fatal);
  EXPECT_FALSE(config.templates[0].perms);
  EXPECT_EQ(config.template_config.static_secret_render_interval, minutes(5));
  EXPECT_EQ(config.template_config.max_connections_per_host, 10);
  EXPECT_DOUBLE_EQ(config.template_config.lease_renewal_threshold, 0.90);
  EXPECT_FALSE(config.template_config.lease_check_interval);
}

TEST(Config, ReadsDurationsAndSwitches) {
  struct Row {
    const char* value;
    nanoseconds want;
  };
  const Row durations[] = {{"\"90s\"", seconds(90)}, {"\"1h30m\"", minutes(90)}, {"\"2d\"", std::chrono::hours(48)},
                           {"60", seconds(60)},      {"\"60\"", seconds(60)},    {"1.5", seconds(1)}};
  for (const Row& row : durations) {
    const AgentConfig config = read("template_config { static_secret_render_interval = " + std::string(row.value) + " }");
    EXPECT_EQ(config.template_config.static_secret_render_interval, row.want) << row.value;
  }
  for (const char* yes : {"true", "\"true\"", "1", "\"1\"", "\"t\"", "\"TRUE\""}) {
    EXPECT_TRUE(read("vault { tls_skip_verify = " + std::string(yes) + " }").vault->tls_skip_verify) << yes;
  }
  for (const char* no : {"false", "\"false\"", "0", "\"\""}) {
    EXPECT_FALSE(read("vault { tls_skip_verify = " + std::string(no) + " }").vault->tls_skip_verify) << no;
  }
}

TEST(Config, ReadsTheLeaseCheckInterval) {
  const auto interval = [](const std::string& value) {
    return read("template_config { lease_check_interval = " + value + " }").template_config.lease_check_interval;
  };
  EXPECT_EQ(interval("\"5s\""), seconds(5));
  EXPECT_EQ(interval("30"), seconds(30));
  EXPECT_EQ(interval("\"off\""), nanoseconds(0));
  EXPECT_EQ(interval("\"OFF\""), nanoseconds(0));
  for (const char* wrong : {"\"never\"", "\"-5s\"", "0", "true", "[1]"}) {
    EXPECT_NE(error_of("template_config { lease_check_interval = " + std::string(wrong) + " }"), "") << wrong;
  }
}

TEST(Config, WarnsWithTheNearestKey) {
  struct Row {
    const char* text;
    const char* want;
  };
  const Row rows[] = {
      {"pidfile = \"/x\"", "agent.hcl:1:1: unknown key \"pidfile\" in the configuration is ignored; did you mean \"pid_file\"?"},
      {"nonsense = 1", "agent.hcl:1:1: unknown key \"nonsense\" in the configuration is ignored"},
      {"vault {\n  adress = \"http://x\"\n}", "agent.hcl:2:3: unknown key \"adress\" in vault is ignored; did you mean \"address\"?"},
      {"template_config { exit_on_retry_failures = true }",
       "agent.hcl:1:19: unknown key \"exit_on_retry_failures\" in template_config is ignored; did you mean \"exit_on_retry_failure\"?"},
      {"{\"vault\":{\"colour\":1}}", "agent.hcl:1:11: unknown key \"colour\" in vault is ignored"},
      {"template { contents = \"x\" command_timeout = 5 }",
       "agent.hcl:1:45: command_timeout = 5 means nanoseconds here; write \"5s\" for seconds"},
      {"pid_file = \"/a\"\npid_file = \"/b\"",
       "agent.hcl:2:1: key \"pid_file\" is set twice in the same block; Vault 1.21 and later refuse that"},
      {"vault {\n  retry { num_retries = 1\n num_retries = 2 }\n}",
       "agent.hcl:3:2: key \"num_retries\" is set twice in the same block; Vault 1.21 and later refuse that"},
  };
  for (const Row& row : rows) {
    std::vector<ConfigWarning> warnings;
    (void)read(row.text, &warnings);
    ASSERT_EQ(warnings.size(), 1U) << row.text;
    EXPECT_EQ(warnings[0].message, row.want);
  }
  std::vector<ConfigWarning> warnings;
  (void)read(kMinimal + "seal \"transit\" { }\ncluster_name = \"a\"\n", &warnings);
  EXPECT_TRUE(warnings.empty()) << warnings[0].message;
}

TEST(Config, RefusesRepeatedKeysWhenAsked) {
  struct Row {
    const char* text;
    const char* want;  ///< "" = accepted
  };
  const Row rows[] = {
      {"pid_file = \"/a\"\npid_file = \"/b\"",
       "The argument \"pid_file\" at 2:1 was already set. Each argument can only be defined once"},
      {"pid_file = \"/a\"\n\"pid_file\" = \"/b\"", ""},
      {"vault { }\nvault { }", "error parsing 'vault':one and only one \"vault\" block is required"},
      {"template { contents = \"a\" }\ntemplate { contents = \"a\" }", ""},
      {"{\"pid_file\": \"/a\", \"pid_file\": \"/b\"}", ""},
  };
  for (const Row& row : rows) {
    const auto loaded = parse_config("agent.hcl", row.text, {.strict_hcl = true});
    EXPECT_EQ(loaded ? "" : loaded.error().message, row.want) << row.text;
  }
}

TEST(Config, ConnectionVariablesTakeThePlaceOfKeys) {
  AgentConfig config = read("disable_keep_alives = [\"auto-auth\"]\ndisable_idle_connections = [\"auto-auth\"]");
  EXPECT_TRUE(closes_connections(config, "auto-auth"));
  EXPECT_FALSE(closes_connections(config, "templating"));
  const auto variables = [](std::string_view name) -> std::optional<std::string> {
    if (name == "VAULT_AGENT_DISABLE_KEEP_ALIVES") return "Templating, caching";
    if (name == "BAO_AGENT_DISABLE_IDLE_CONNECTIONS") return "proxying";
    return std::nullopt;
  };
  ASSERT_TRUE(take_connection_variables(config, variables).has_value());
  EXPECT_TRUE(closes_connections(config, "templating"));
  EXPECT_FALSE(closes_connections(config, "auto-auth"));
  const auto wrong = take_connection_variables(config, [](std::string_view) { return std::optional<std::string>("foo"); });
  EXPECT_EQ(wrong.error().message, "unknown disable_idle_connections value: foo");
}

TEST(Config, KeepsLabelsApartFromTypes) {
  EXPECT_EQ(read("auto_auth { method \"Kubernetes\" { } }").auto_auth->method.type, "kubernetes");
  EXPECT_EQ(read("auto_auth { method { type = \"Kubernetes\" } }").auto_auth->method.type, "Kubernetes");
  EXPECT_EQ(error_of("auto_auth { method \"a\" \"b\" { } }"),
            "error parsing 'auto_auth': error parsing 'method': method type must be specified");
}

TEST(Config, ChecksMethods) {
  struct Row {
    const char* method;
    const char* want;
  };
  const Row rows[] = {
      {"\"kubernetes\" { config = { role = \"a\" } }", ""},
      {"\"kubernetes\" { config = { role = [\"a\"] } }", "could not convert 'role' config value to string"},
      {"\"jwt\" { config = { path = \"/x\" role = \"\" } }", "'role' value is empty"},
      {"\"jwt\" { config = { path = \"/x\" role = \"r\" remove_jwt_after_reading = false jwt_read_period = 5 } }", ""},
      {"\"approle\" { config = { role_id_file_path = \"\" } }", "'role_id_file_path' value is empty"},
      {"\"cert\" { }", ""},
      {"\"cert\" { config = { client_key = 1 } }", "could not convert 'cert_key' config value to string"},
      {"\"token_file\" { }", "empty config data"},
      {"\"oci\" { config = { role = \"a\" } }", "unknown auth method \"oci\""},
  };
  for (const Row& row : rows) {
    const AgentConfig config = read("auto_auth { method " + std::string(row.method) + " }");
    const Result<void> checked = check_method(config.auto_auth->method);
    const std::string prefix = "Error creating " + config.auto_auth->method.type + " auth method: ";
    EXPECT_EQ(checked ? "" : checked.error().message, *row.want == '\0' ? "" : prefix + row.want) << row.method;
  }
}

TEST(Config, SaysWhatIsWrongWithSinks) {
  const auto start_error = [](const std::string& sink) {
    return read("auto_auth {\n method \"cert\" { }\n sink " + sink + " }").auto_auth->sinks.at(0).start_error;
  };
  EXPECT_EQ(start_error("\"file\" { config = { path = \"/x\" mode = 0644 uid = 5 } }"), "");
  EXPECT_EQ(start_error("\"file\" { }"), "error creating file sink: 'path' not specified for file sink");
  EXPECT_EQ(start_error("\"file\" { config = { path = \"/x\" mode = \"0644\" } }"),
            "error creating file sink: could not parse 'mode' as integer");
  EXPECT_EQ(start_error("\"file\" { config = { path = \"/x\" mode = 01000000 } }"),
            "error creating file sink: file mode does not represent a regular file");
  EXPECT_EQ(start_error("\"kafka\" { }"), "Unknown sink type \"kafka\"");
}

TEST(Config, MergesFilesLeftToRight) {
  const Folder folder;
  const std::string first = folder.write("a.hcl", kMinimal + "vault { address = \"http://a\" ca_cert = \"/a\" }\n"
                                                             "template { contents = \"1\" }\nlog_level = \"debug\"\n"
                                                             "exit_after_auth = true\nlog_rotate_bytes = 5\n");
  const std::string second = folder.write("b.json", R"({"vault":{"address":"http://b"},"template":[{"contents":"2"}],)"
                                                    R"("exit_after_auth":false,"log_format":"json"})");
  const Result<LoadedConfig> loaded = load_config({first, second});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const AgentConfig& config = loaded->config;
  EXPECT_EQ(config.vault->address, "http://b");
  EXPECT_EQ(config.vault->ca_cert, "");  // the block is replaced as a whole
  ASSERT_EQ(config.templates.size(), 2U);
  EXPECT_EQ(config.templates[1].contents, "2");
  EXPECT_TRUE(config.exit_after_auth);
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.log_format, "json");
  EXPECT_EQ(config.log_rotate_bytes, 5);
}

TEST(Config, ReadsFolders) {
  const Folder folder;
  (void)folder.write("a.hcl", kMinimal);
  (void)folder.write("b.json", R"({"pid_file":"/b"})");
  for (const char* skipped : {"c.txt", "d.hcl~", ".#e.hcl", "#f.hcl#"}) (void)folder.write(skipped, "not { read");
  fs::create_directory(folder.path() + "/sub.hcl");
  const Result<LoadedConfig> loaded = load_config({folder.path()});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.pid_file, "/b");
  (void)folder.write("b.json", "{\"pid_file\":");
  EXPECT_TRUE(load_config({folder.path()}));  // compat: an unclosed document is fine, golden/hcl/167-json-unclosed
  const std::string bad = folder.write("g.hcl", "vault {\n");
  const Result<LoadedConfig> refused = load_config({folder.path()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "error loading configuration from " + folder.path() + ": error loading \"" + bad +
                                         "\": At 2:2: object expected closing RBRACE got: EOF");
}

TEST(Config, RefusesWhatIsNoConfiguration) {
  const Folder folder;
  const std::string pipe = folder.path() + "/pipe.hcl";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string huge = folder.write("huge.hcl", "");
  fs::resize_file(huge, limits::kConfigFileBytesMax + 1);
  struct Row {
    std::string path;
    std::string want;  ///< a part of the message
  };
  const Row rows[] = {
      {"/nonexistent/agent.hcl", "stat /nonexistent/agent.hcl: no such file or directory"},
      {pipe, "is not a regular file"},
      {"/dev/zero", "is not a regular file"},
      {huge, "larger than"},
      {folder.write("nul.hcl", std::string("pid_file = \"a\"\n\0", 16)), "At 2:1: unexpected null character (0x00)"},
      {folder.write("latin1.hcl", "pid_file = \"\xE9\""), "At 1:13: illegal UTF-8 encoding"},
      {folder.write("heredoc.hcl", "template { contents = <<EOT\nx\n}\n"), "heredoc not terminated"},
      {folder.write("yaml.hcl", "vault:\n  address: x\n"), "At 1:6: illegal char"},
      {folder.write("words.json", "{\"pid_file\" 1}"), "expected: STRING got: NUMBER (at 1:13)"},
      {folder.write("empty.hcl", ""), "error validating configuration: no auto_auth, cache, or listener block found in config"},
  };
  for (const Row& row : rows) {
    const Result<LoadedConfig> loaded = load_config({row.path});
    ASSERT_FALSE(loaded) << row.path;
    EXPECT_NE(loaded.error().message.find(row.want), std::string::npos) << loaded.error().message;
    EXPECT_EQ(loaded.error().kind, ErrorKind::Invalid);
  }
}

TEST(Config, ReportsAllFilesThatFail) {
  const Result<LoadedConfig> loaded = load_config({"/nonexistent/a", "/nonexistent/b"});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message,
            "error loading configuration from /nonexistent/a: stat /nonexistent/a: no such file or directory\n"
            "error loading configuration from /nonexistent/b: stat /nonexistent/b: no such file or directory");
}

TEST(Config, SurvivesDeepNesting) {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "vault {";
  EXPECT_NE(error_of(deep).find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace leasehold::agent
