// Keys that no peer has: state, drain, output, notify and the way out.
#include <string>

#include <gtest/gtest.h>

#include "config.h"

namespace leasehold::agent {
namespace {

using std::chrono::seconds;

AgentConfig read(const std::string& text) {
  Result<LoadedConfig> loaded = parse_config("agent.hcl", text);
  EXPECT_TRUE(loaded) << loaded.error().message;
  if (!loaded) return {};
  EXPECT_TRUE(loaded->warnings.empty()) << loaded->warnings[0].message;
  return std::move(loaded->config);
}

std::string error_of(const std::string& text) {
  const Result<LoadedConfig> loaded = parse_config("agent.hcl", text);
  return loaded ? "" : loaded.error().message;
}

TEST(OwnKeys, StateAndTheWayOut) {
  const AgentConfig config = read(
      "state { path = \"/run/agent/state.json\" }\nrevoke_on_shutdown = true\ntermination_message_path = \"/tmp/why\"\n"
      "template_config { drain = \"45s\" }\npod_events = false\n");
  ASSERT_TRUE(config.state);
  EXPECT_EQ(config.state->path, "/run/agent/state.json");
  EXPECT_EQ(config.state->socket, "/run/agent/agent.sock");
  EXPECT_TRUE(config.revoke_on_shutdown);
  EXPECT_EQ(config.termination_message_path, "/tmp/why");
  EXPECT_FALSE(config.pod_events);
  EXPECT_EQ(config.template_config.drain, seconds(45));
  EXPECT_EQ(read(R"({"state":{"path":"/s/x.json","socket":"/t/agent.sock"}})").state->socket, "/t/agent.sock");

  const AgentConfig without = read("");
  EXPECT_FALSE(without.state);
  EXPECT_FALSE(without.revoke_on_shutdown);
  EXPECT_EQ(without.termination_message_path, "/dev/termination-log");
  EXPECT_TRUE(without.pod_events);
}

TEST(OwnKeys, OutputsAndNotifications) {
  const AgentConfig config = read(
      "template {\n  output = \"pgpass\"\n  secret = \"database/creds/app\"\n  destination = \"/vault/secrets/pgpass\"\n"
      "  connection { host = \"db\" port = 5432 database = \"app\" }\n"
      "  notify { signal = \"sighup\" process = \"nginx\" }\n}\n"
      "template {\n  output = \"dotenv\"\n  secret = \"kv/app\"\n  prefix = \"APP_\"\n  destination = \"/vault/secrets/env\"\n"
      "  notify { http = \"http://127.0.0.1:8080/reload\" method = \"PUT\" timeout = \"2s\" }\n}\n");
  ASSERT_EQ(config.templates.size(), 2U);
  const TemplateBlock& first = config.templates[0];
  EXPECT_EQ(first.contents, "{{ with secret \"database/creds/app\" }}{{ .Data | toJSON }}{{ end }}");
  EXPECT_TRUE(first.has_contents);
  EXPECT_EQ(first.perms, 0600U) << "libpq wants it so";
  EXPECT_EQ(first.output.host + ":" + first.output.port + "/" + first.output.database, "db:5432/app");
  EXPECT_EQ(first.notify.signal + " " + first.notify.process, "SIGHUP nginx");
  const TemplateBlock& second = config.templates[1];
  EXPECT_FALSE(second.perms);
  EXPECT_EQ(second.output.prefix, "APP_");
  EXPECT_EQ(second.notify.method + " " + second.notify.http, "PUT http://127.0.0.1:8080/reload");
  EXPECT_EQ(second.notify.timeout, seconds(2));
}

TEST(OwnKeys, AnHttpsNotification) {
  const AgentConfig config = read(
      "template {\n contents = \"x\"\n notify { http = \"https://127.0.0.1/r\" ca_cert = \"/ca\" tls_server_name = \"app\" "
      "tls_skip_verify = true }\n}\n");
  const NotifyConfig& notify = config.templates[0].notify;
  EXPECT_EQ(notify.ca_cert + " " + notify.tls_server_name, "/ca app");
  EXPECT_TRUE(notify.tls_skip_verify);
}

TEST(OwnKeys, VariablesHaveNoFilesAndTellNobody) {
  for (const char* key : {"notify { restart = \"app\" }", "output = \"json\"\n secret = \"p\"", "connection { host = \"db\" }"}) {
    const AgentConfig config = read("exec { command = [\"app\"] }\nauto_auth { method \"token_file\" { config = { token_file_path = \"t\" } } }\n"
                                    "env_template \"A\" {\n " + std::string(key[0] == 'o' ? "" : "contents = \"x\"\n ") + key + "\n}\n");
    const auto right = validate_config(config);
    ASSERT_FALSE(right) << key;
    EXPECT_NE(right.error().message.find("env_template[A]: "), std::string::npos) << right.error().message;
  }
}

TEST(OwnKeys, AListenerIsServedPlainOrWithACertificate) {
  const auto served = [](const std::string& keys) {
    return is_served(read("listener \"tcp\" { address = \"127.0.0.1:1\"\n" + keys + "}").listeners[0]);
  };
  EXPECT_TRUE(served("role = \"metrics_only\"\ntls_disable = true\n"));
  EXPECT_TRUE(served("role = \"metrics_only\"\ntls_cert_file = \"c\"\ntls_key_file = \"k\"\n"));
  EXPECT_FALSE(served("role = \"metrics_only\"\n"));
  EXPECT_FALSE(served("tls_disable = true\n"));
}

struct ErrorRow {
  const char* text;
  const char* want;  ///< part of the error
};

TEST(OwnKeys, SayWhatIsWrong) {
  const ErrorRow rows[] = {
      {"state {}", "error parsing 'state': path must be given: a file on a memory volume of the agent's own"},
      {"state { path = \"/a\" }\nstate { path = \"/b\" }", "at most one \"state\" block is allowed"},
      {"revoke_on_shutdown = \"yes\"", "root.revoke_on_shutdown"},
      {"template_config { drain = \"soon\" }", "time: invalid duration"},
      {"template { output = \"toml\" secret = \"p\" }", "unknown format \"toml\"; there are dotenv, json"},
      {"template { output = \"json\" }", "'output' and 'secret' need each other"},
      {"template { secret = \"p\" }", "'output' and 'secret' need each other"},
      {"template { output = \"json\" secret = \"p\" contents = \"x\" }", "'output' takes the place of 'contents' and 'source'"},
      {"template { contents = \"x\" notify { signal = \"SIGHUP\" } }", "signal and process need each other"},
      {"template { contents = \"x\" notify { signal = \"SIGNOPE\" process = \"x\" } }", "invalid signal \"SIGNOPE\""},
      {"template { contents = \"x\" notify {} }", "needs exactly one of"},
      {"template { contents = \"x\" notify { shell = \"x\" } }", "'notify' has invalid keys: shell"},
      {"template { contents = \"x\" connection { hots = \"x\" } }", "'connection' has invalid keys: hots"},
  };
  for (const ErrorRow& row : rows) {
    EXPECT_NE(error_of(row.text).find(row.want), std::string::npos) << row.text << ": " << error_of(row.text);
  }
}

}  // namespace
}  // namespace leasehold::agent
