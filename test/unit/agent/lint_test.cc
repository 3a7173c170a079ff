// lint: a table of inputs and what is found in them, as `line:column rule`.
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "leasehold/base/text.h"
#include "lint_config.h"
#include "lint_manifest.h"
#include "lint_print.h"
#include "lint_rules.h"
#include "lint_template.h"

namespace leasehold::agent::lint {
namespace {

constexpr std::string_view kSamples = R"(
secret/data/app: {data: {data: {user: anna, "pass-word": x, nested: {port: 1}}, metadata: {version: 1}}}
database/creds/app: {data: {username: v-app-7, password: wQ-88}, lease_id: database/creds/app/1}
)";

Settings settings(std::string_view samples = "") {
  Settings made;
  if (!samples.empty()) {
    const auto added = made.samples.add("s.yaml", samples);
    EXPECT_TRUE(added.has_value());
  }
  return made;
}

std::string shown(std::vector<Finding> findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += (out.empty() ? "" : ", ") + std::to_string(finding.at.line) + ":" + std::to_string(finding.at.column) + " " +
           std::string(rule(finding.rule).name);
  }
  return out;
}

PlacedText whole(const SourceFile& file) {
  PlacedText text;
  text.file = &file;
  text.text = file.text();
  return text;
}

std::vector<Finding> template_findings(std::string text, const Settings& how) {
  const SourceFile file("t.tmpl", std::move(text));
  Findings found(file);
  check_template(whole(file), {}, how, found);
  return found.take();
}

std::vector<Finding> config_findings(std::string text, const Settings& how = {}) {
  const SourceFile file("a.hcl", std::move(text));
  Findings found(file);
  check_config(whole(file), {}, how, found);
  return found.take();
}

std::vector<Finding> manifest_findings(std::string text, const Settings& how = {}) {
  const SourceFile file("p.yaml", std::move(text));
  Findings found(file);
  check_manifest(file, how, found);
  return found.take();
}

struct TemplateRow {
  std::string_view name;
  std::string text;
  std::string_view without;  ///< found without sample data
  std::string_view with;     ///< found with kSamples
};

TEST(Lint, Templates) {
  const TemplateRow rows[] = {
      {"right", R"({{ with secret "secret/data/app" }}{{ .Data.data.user }}{{ end }})", "", ""},
      {"plain", "text", "", ""},
      {"syntax", "a\n  {{ if }}", "2:9 template-syntax", "2:9 template-syntax"},
      {"unknown functions, all", "{{ secrt \"a\" }}\n{{ toUper \"a\" }}", "1:4 unknown-function, 2:4 unknown-function",
       "1:4 unknown-function, 2:4 unknown-function"},
      {"KV v2 fields", R"({{ with secret "secret/data/app" }}{{ .Data.user }}{{ end }})", "1:44 kv2-data", "1:44 kv2-data"},
      {"KV v2 range", R"({{ with secret "secret/data/app" }}{{ range $k, $v := .Data }}{{ $k }}{{ end }}{{ end }})", "1:55 kv2-data",
       "1:55 kv2-data"},
      {"KV v2 metadata", R"({{ with secret "secret/data/app" }}{{ .Data.metadata.version }}{{ end }})", "", ""},
      {"data/ is lacking, as the fields tell", R"({{ with secret "secret/app" }}{{ .Data.data.user }}{{ end }})", "1:16 kv2-path",
       "1:16 kv2-path"},
      {"data/ is lacking, as the samples tell", R"({{ with secret "secret/app" }}{{ .Data.user }}{{ end }})", "",
       "1:16 kv2-path, 1:39 kv2-data"},
      {"another engine", R"({{ with secret "database/creds/app" }}{{ .Data.username }}{{ end }})", "", ""},
      {"a missing key", R"({{ with secret "secret/data/app" }}{{ .Data.data.usr }}{{ end }})", "", "1:49 missing-key"},
      {"a missing key of index", R"({{ with secret "secret/data/app" }}{{ index .Data.data "pass-wrd" }}{{ end }})", "", "1:56 missing-key"},
      {"a nested missing key", R"({{ with secret "secret/data/app" }}{{ .Data.data.nested.prt }}{{ end }})", "", "1:56 missing-key"},
      {"a missing key that is asked for", R"({{ with secret "secret/data/app" }}{{ if .Data.data.usr }}{{ .Data.data.usr }}{{ end }}{{ end }})", "", ""},
      {"a missing path", R"({{ with secret "secret/data/ap" }}{{ .Data.data.user }}{{ end }})", "", "1:16 missing-sample"},
      {"first pass", R"({{ (secret "database/creds/app").Data.username | toUpper }})", "1:50 first-pass", "1:50 first-pass"},
      {"never", R"({{ "x" | parseInt }}{{ with secret "a/b" }}{{ end }})", "1:10 never-renders",
       "1:10 never-renders, 1:36 missing-sample"},
      {"with data", R"({{ with secret "database/creds/app" }}{{ .Data.username | parseInt }}{{ end }})", "", "1:59 render-error"},
      {"no side effect", R"({{ "x" | writeToFile "/nowhere/x" "" "" "0600" }})", "", ""},
      {"not ASCII", "ä{{ nope }}", "1:5 unknown-function", "1:5 unknown-function"},
  };
  for (const TemplateRow& row : rows) {
    EXPECT_EQ(shown(template_findings(row.text, settings())), row.without) << row.name;
    EXPECT_EQ(shown(template_findings(row.text, settings(kSamples))), row.with) << row.name << " with samples";
  }
}

TEST(Lint, AMountMayBeNamed) {
  Settings how;
  how.kv2_mounts.insert("team/kv");
  const auto found = template_findings(R"({{ with secret "team/kv/app" }}{{ .Data.x }}{{ end }})", how);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].fix, "write \"team/kv/data/app\"");
}

struct FixRow {
  std::string text;
  std::string_view fix;
};

TEST(Lint, FixesNameTheNearest) {
  const FixRow rows[] = {
      {"{{ secrt \"a\" }}", "did you mean \"secret\"?"},
      {R"({{ with secret "secret/data/app" }}{{ .Data.data.usr }}{{ end }})", "did you mean \"user\"?"},
      {R"({{ with secret "secret/data/app" }}{{ .Data.user }}{{ end }})", "write .Data.data.user"},
      {R"({{ with secret "secret/data/ap" }}{{ end }})", "did you mean \"secret/data/app\"?"},
      {R"({{ with secret "secret/app" }}{{ end }})", "write \"secret/data/app\""},
  };
  for (const FixRow& row : rows) {
    const auto found = template_findings(row.text, settings(kSamples));
    ASSERT_FALSE(found.empty()) << row.text;
    EXPECT_EQ(found[0].fix, row.fix) << row.text;
  }
}

constexpr std::string_view kAuth =
    "auto_auth {\n  method \"kubernetes\" {\n    config = { role = \"app\" }\n  }\n}\n";  // five lines

struct ConfigRow {
  std::string_view name;
  std::string text;  ///< after kAuth
  std::string_view want;
};

TEST(Lint, Configurations) {
  const ConfigRow rows[] = {
      {"right", "template {\n  contents = \"x\"\n  destination = \"/a\"\n}\n", ""},
      {"syntax", "template {\n", "7:1 config-syntax"},
      {"unknown key", "templat_config {}\ntemplate {\n  contents = \"x\"\n  destination = \"/a\"\n}\n", "6:1 unknown-key"},
      {"unknown key of a template", "template {\n  contents = \"x\"\n  destinaton = \"/a\"\n}\n", "8:3 config-error"},
      {"nanoseconds", "template {\n  contents = \"x\"\n  destination = \"/a\"\n  command_timeout = 30\n}\n", "9:21 nanoseconds"},
      {"quoted boolean", "exit_after_auth = \"true\"\ntemplate {\n  contents = \"x\"\n  destination = \"/a\"\n}\n", "6:19 quoted-boolean"},
      {"quoted boolean of a template", "template {\n  contents = \"x\"\n  destination = \"/a\"\n  backup = \"true\"\n}\n",
       "9:12 quoted-boolean"},
      {"destination twice",
       "template {\n  contents = \"x\"\n  destination = \"/a/b\"\n}\ntemplate {\n  contents = \"y\"\n  destination = \"/a/./b\"\n}\n",
       "12:17 destination-twice"},
      {"template in quotes", "template {\n  contents = \"a {{ nope \\\"x\\\" }}{{ end }}\"\n  destination = \"/a\"\n}\n",
       "7:20 unknown-function, 7:40 template-syntax"},
      {"template in a heredoc",
       "template {\n  destination = \"/a\"\n  contents = <<EOT\nline\n  {{ with secret \"secret/app\" }}\n    {{ .Data.data.x }}\n  {{ end }}\nEOT\n}\n",
       "10:18 kv2-path"},
      {"template in an indented heredoc",
       "template {\n  destination = \"/a\"\n  contents = <<-EOT\n    line\n    {{ nope }}\n    EOT\n}\n", "10:8 unknown-function"},
      {"own delimiters", "template {\n  contents = \"{{ nope }} << toUpper \\\"x\\\" >>\"\n  destination = \"/a\"\n  left_delimiter = \"<<\"\n  right_delimiter = \">>\"\n}\n", ""},
      {"a list with shell syntax",
       "template {\n  contents = \"x\"\n  destination = \"/a\"\n  command = [\"kill\", \"-HUP\", \"$(pidof app)\"]\n}\n",
       "9:30 command-needs-shell"},
      {"a word with shell syntax", "template {\n  contents = \"x\"\n  destination = \"/a\"\n  command = \"a;b\"\n}\n",
       "9:13 command-needs-shell"},
      {"a text", "template {\n  contents = \"x\"\n  destination = \"/a\"\n  command = \"kill -HUP $(pidof app)\"\n}\n", ""},
      {"a key twice", "pid_file = \"/a\"\npid_file = \"/b\"\ntemplate {\n  contents = \"x\"\n  destination = \"/a\"\n}\n",
       "7:1 repeated-key"},
      {"all at once",
       "log_level = \"loud\"\nexit_after_auth = \"true\"\ntemplate {\n  contents = \"{{ if }}\"\n  backup = \"false\"\n}\ntemplate {\n  perms = []\n}\nunknown = 1\n",
       "7:19 quoted-boolean, 9:21 template-syntax, 10:12 quoted-boolean, 13:3 config-error, 15:1 unknown-key"},
      {"a setting that is refused", "log_level = \"loud\"\ntemplate {\n  contents = \"x\"\n  destination = \"/a\"\n}\n", "6:1 config-error"},
  };
  for (const ConfigRow& row : rows) EXPECT_EQ(shown(config_findings(std::string(kAuth) + row.text)), row.want) << row.name;
}

TEST(Lint, ConfigurationsInJson) {
  const std::string text = R"({
  "auto_auth": {"method": {"type": "kubernetes", "config": {"role": "app"}}, "sink": [{"type": "file", "config": {"path": "/t"}}]},
  "template": [{"contents": "{{ with secret \"secret/data/app\" }}{{ .Data.x }}{{ end }}", "destination": "/a"}]
})";
  EXPECT_EQ(shown(config_findings(text)), "3:75 kv2-data");
  EXPECT_EQ(shown(config_findings("{\"template\": ]")), "1:14 config-syntax");
  EXPECT_EQ(shown(config_findings(R"({"auto_auth": {"method": {"type": "kubernetes"}}})")), "1:16 json-label");
}

TEST(Lint, LoginsGoToMountsThatExist) {
  struct Row {
    std::string_view name;
    std::string_view method;  ///< body of the method
    std::string_view mount;   ///< known to exist, "" = nothing is known
    std::string_view samples;
    std::string_view want;
  };
  const Row rows[] = {
      {"right", "mount_path = \"auth/kubernetes\"", "auth/kubernetes", "", ""},
      {"right without the key", "", "auth/kubernetes", "", ""},
      {"unknown", "mount_path = \"auth/other\"", "", "", ""},
      {"another mount", "mount_path = \"auth/other\"", "auth/kubernetes", "", "2:46 login-mount"},
      {"another mount by default", "", "auth/k8s", "", "2:1 login-mount"},
      {"no auth mount", "mount_path = \"kubernetes\"", "", "", "2:46 login-mount"},
      {"a role elsewhere", "", "", "auth/prod/role/app: {token_ttl: 1}\n", "2:1 login-mount"},
      {"the role here", "", "", "auth/kubernetes/role/app: {token_ttl: 1}\n", ""},
  };
  for (const Row& row : rows) {
    Settings how = settings(row.samples);
    if (!row.mount.empty()) how.auth_mounts.emplace(row.mount);
    const std::string text = "auto_auth {\nmethod \"kubernetes\" {           " + std::string(row.method) +
                             "\nconfig = { role = \"app\" } }\nsink \"file\" { config = { path = \"/a\" } } }\n";
    EXPECT_EQ(shown(config_findings(text, how)), row.want) << row.name;
  }
}

TEST(Lint, WithoutAShellTextsAreProblems) {
  Settings how;
  how.no_shell = true;
  const std::string text = std::string(kAuth) + "template {\n  contents = \"x\"\n  destination = \"/a\"\n  command = \"kill -HUP 1\"\n}\n";
  EXPECT_EQ(shown(config_findings(text, how)), "9:13 command-needs-shell");
}

TEST(Lint, WithoutAShellTheNotifyIsNamed) {
  Settings how;
  how.no_shell = true;
  struct Row {
    const char* command;
    const char* fix;
  };
  constexpr Row kRows[] = {
      {"\"kill -HUP $(pidof web)\"", "write notify { signal = \"SIGHUP\"  process = \"web\" }"},
      {"[\"sh\", \"-c\", \"kill -HUP $(pgrep -o postgres)\"]", "write notify { signal = \"SIGHUP\"  process = \"postgres\" }"},
      {"\"nginx -s reload\"", "write notify { signal = \"SIGHUP\"  process = \"nginx\" }"},
      {"\"chmod 600 /a\"", "write a list: [\"program\", \"argument\"]"},
      {"\"date > /a\"", "take an image with a shell"},
  };
  for (const Row& row : kRows) {
    const auto found = config_findings(
        std::string(kAuth) + "template {\n  contents = \"x\"\n  destination = \"/a\"\n  command = " + row.command + "\n}\n", how);
    ASSERT_EQ(found.size(), 1U) << row.command;
    EXPECT_EQ(found[0].fix, row.fix) << row.command;
  }
}

struct ManifestRow {
  std::string_view name;
  std::string_view text;
  std::string_view want;
};

TEST(Lint, Manifests) {
  const ManifestRow rows[] = {
      {"right", "metadata:\n  annotations:\n    vault.hashicorp.com/agent-inject: \"true\"\n    vault.hashicorp.com/role: app\n", ""},
      {"no annotation of ours", "metadata:\n  annotations: {a: b}\n", ""},
      {"not text", "metadata:\n  annotations:\n    vault.hashicorp.com/agent-inject: true\n    vault.hashicorp.com/agent-revoke-grace: 5\n",
       "3:39 annotation-not-text, 4:45 annotation-not-text"},
      {"unknown", "metadata:\n  annotations:\n    vault.hashicorp.com/agent-inject: \"true\"\n    vault.hashicorp.com/agent-pre-populat: \"false\"\n",
       "4:5 unknown-annotation"},
      {"not injected", "metadata:\n  annotations:\n    vault.hashicorp.com/role: app\n", "3:5 not-injected"},
      {"a template of a Deployment in a List",
       "kind: List\nitems:\n- kind: Deployment\n  spec:\n    template:\n      metadata:\n        annotations:\n"
       "          vault.hashicorp.com/agent-inject: 'true'\n          vault.hashicorp.com/agent-inject-template-a: |\n"
       "            {{ with secret \"secret/data/app\" }}\n            {{ .Data.user }}\n            {{ end }}\n",
       "11:21 kv2-data"},
      {"in quotes",
       "metadata:\n  annotations:\n    vault.hashicorp.com/agent-inject: 'true'\n    vault.hashicorp.com/agent-inject-template-a: \"{{ nope }}\"\n",
       "4:54 unknown-function"},
      {"own delimiters",
       "metadata:\n  annotations:\n    vault.hashicorp.com/agent-inject: 'true'\n    vault.hashicorp.com/agent-inject-template-a: '<< nope >>'\n"
       "    vault.hashicorp.com/agent-template-left-delim-a: '<<'\n    vault.hashicorp.com/agent-template-right-delim-a: '>>'\n",
       "4:54 unknown-function"},
      {"a ConfigMap", "kind: ConfigMap\ndata:\n  a.tmpl: |\n    {{ nope }}\n  b.hcl: |\n    templat {\n  other: '{{'\n",
       "4:8 unknown-function, 7:1 config-syntax"},
      {"-config names no key of the ConfigMap",
       "kind: ConfigMap\nmetadata: {name: cm}\ndata: {a.conf: ''}\n---\nkind: Pod\nspec:\n  volumes: [{name: v, configMap: {name: cm}}]\n"
       "  containers:\n  - args: [agent, -config=/etc/vault/b.conf]\n    volumeMounts: [{name: v, mountPath: /etc/vault}]\n",
       "9:19 config-path"},
      {"-config in two words, a Deployment",
       "kind: ConfigMap\nmetadata: {name: cm}\ndata: {a.conf: ''}\n---\nkind: Deployment\nspec:\n  template:\n    spec:\n"
       "      volumes: [{name: v, configMap: {name: cm}}]\n      initContainers: []\n      containers:\n"
       "      - command: [vault, agent, -config, /etc/vault/b.conf]\n        volumeMounts: [{name: v, mountPath: /etc/vault/}]\n",
       "12:42 config-path"},
      {"-config names an item",
       "kind: ConfigMap\nmetadata: {name: cm}\ndata: {a.conf: ''}\n---\nkind: Pod\nspec:\n"
       "  volumes: [{name: v, configMap: {name: cm, items: [{key: a.conf, path: b.conf}]}}]\n"
       "  containers:\n  - args: [agent, -config=/etc/vault/b.conf]\n    volumeMounts: [{name: v, mountPath: /etc/vault}]\n",
       ""},
      {"-config by subPath",
       "kind: ConfigMap\nmetadata: {name: cm}\ndata: {a.conf: ''}\n---\nkind: Pod\nspec:\n  volumes: [{name: v, configMap: {name: cm}}]\n"
       "  containers:\n  - args: [agent, -config=/etc/b.conf]\n    volumeMounts: [{name: v, mountPath: /etc/b.conf, subPath: c.conf}]\n",
       "9:19 config-path"},
      {"-config of a ConfigMap that is elsewhere",
       "kind: Pod\nspec:\n  volumes: [{name: v, configMap: {name: cm}}]\n"
       "  containers:\n  - args: [agent, -config=/etc/vault/b.conf]\n    volumeMounts: [{name: v, mountPath: /etc/vault}]\n",
       ""},
      {"not YAML", "a: [\n", "2:1 manifest-syntax"},
      {"two documents", "a: b\n---\nmetadata:\n  annotations:\n    vault.hashicorp.com/role: app\n", "5:5 not-injected"},
      {"empty document", "---\n", ""},
  };
  for (const ManifestRow& row : rows) EXPECT_EQ(shown(manifest_findings(std::string(row.text))), row.want) << row.name;
}

TEST(Lint, UnknownAnnotationsAreMended) {
  const FixRow rows[] = {
      {"agent-inject-comand-db-creds", "did you mean \"vault.hashicorp.com/agent-inject-command-db-creds\"?"},
      {"agent-inject-templat-a", "did you mean \"vault.hashicorp.com/agent-inject-template-a\"?"},
      {"rle", "did you mean \"vault.hashicorp.com/role\"?"},
      {"agent-inject-secret", "write vault.hashicorp.com/agent-inject-secret-NAME, NAME being that of the secret"},
      {"something-else-altogether", "docs/annotations.md lists all annotations"},
  };
  for (const FixRow& row : rows) {
    const auto found = manifest_findings("annotations:\n  vault.hashicorp.com/agent-inject: 'true'\n  vault.hashicorp.com/" + row.text + ": x\n");
    ASSERT_EQ(found.size(), 1U) << row.text;
    EXPECT_EQ(found[0].fix, row.fix) << row.text;
  }
}

TEST(Lint, KnowsAllAnnotations) {
  std::ifstream page(LEASEHOLD_SOURCE_DIR "/docs/annotations.md");
  std::set<std::string> documented;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `") && !line.starts_with("| `-")) documented.insert(line.substr(3, line.find('`', 3) - 3));
  }
  std::set<std::string> known;
  for (const std::string_view name : known_annotations()) known.emplace(name);
  EXPECT_EQ(known, documented);
}

TEST(Lint, TextHasACaret) {
  const auto found = template_findings("a\n\t{{ secrt \"x\" }}", settings());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(as_text(found[0]),
            "t.tmpl:2:5: error: function \"secrt\" is not defined [unknown-function]\n"
            "  2 |  {{ secrt \"x\" }}\n"
            "    |     ^~~~~\n"
            "  cause: All names are checked before anything is rendered.\n"
            "  fix:   did you mean \"secret\"?\n");
}

TEST(Lint, LongLinesAreCut) {
  const auto found = template_findings(std::string(100000, 'x') + "{{ nope }}", settings());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LT(as_text(found[0]).size(), 1000U);
  EXPECT_NE(as_text(found[0]).find("{{ nope }}"), std::string::npos);
}

TEST(Lint, JsonHasAllFields) {
  const auto found = template_findings("{{ secrt \"\x01\" }}", settings());
  EXPECT_EQ(as_json(1, found),
            "{\"files\":1,\"problems\":[\n{\"file\":\"t.tmpl\",\"line\":1,\"column\":4,\"length\":5,\"severity\":\"error\","
            "\"rule\":\"unknown-function\",\"what\":\"function \\\"secrt\\\" is not defined\","
            "\"cause\":\"All names are checked before anything is rendered.\",\"fix\":\"did you mean \\\"secret\\\"?\","
            "\"source\":\"{{ secrt \\\" \\\" }}\"}\n]}\n");
  EXPECT_EQ(as_json(2, {}), "{\"files\":2,\"problems\":[]}\n");
}

TEST(Lint, TheListOfAFileEnds) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "{{ nope }}\n";
  const auto found = template_findings(text, settings());
  ASSERT_EQ(found.size(), kFindingsMax + 1);
}

TEST(LintRules, StandInOrderAndInTheDocumentation) {
  for (const Rule& row : rules()) {
    EXPECT_EQ(&rule(row.id), &row);
    EXPECT_FALSE(row.cause.empty()) << row.name;
    EXPECT_FALSE(row.fix.empty()) << row.name;
  }
  std::ifstream file(LEASEHOLD_SOURCE_DIR "/docs/lint.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(page, reference_page()) << "run: lint-docs > docs/lint.md";
}

}  // namespace
}  // namespace leasehold::agent::lint
