#include "lint_rules.h"

#include "leasehold/base/result.h"

namespace leasehold::agent::lint {
namespace {

using enum Severity;

// clang-format off
constexpr Rule kRules[] = {
    {RuleId::Unreadable, "unreadable", Error, "The file cannot be read, or nobody can tell what it is.",
     "Only what can be read can be checked.", "check path, permissions and size; name the file .hcl, .json, .tmpl, .ctmpl, .tpl, .yaml or .yml, or say -kind"},
    {RuleId::EmptyFile, "empty-file", Warning, "The file has no content.",
     "An empty configuration starts nothing, an empty template writes an empty file.", "write the content, or remove the file"},
    {RuleId::TemplateSyntax, "template-syntax", Error, "The template does not parse.",
     "A template that does not parse is never rendered, and the agent tries it again for ever.", "correct the syntax at the caret"},
    {RuleId::UnknownFunction, "unknown-function", Error, "The template calls a function that does not exist.",
     "All names are checked before anything is rendered.", "docs/templates.md lists all functions; Sprig's have the prefix sprig_"},
    {RuleId::NeverRenders, "never-renders", Error, "The template fails before it asks for any secret, so no data can help it.",
     "What fails without any missing data fails in every pass.", "correct the action at the caret"},
    {RuleId::FirstPass, "first-pass", Warning, "A function fails on data that is missing in the first pass.",
     "In the first pass no secret is there yet. Vault Agent forgets what a failing pass asked for, so it never renders; this agent fetches it and tries again.",
     "guard it: {{ with secret \"PATH\" }}...{{ end }}"},
    {RuleId::RenderError, "render-error", Error, "The template fails with the sample data.",
     "It parses, but an action fails once the data is there.", "correct the action at the caret, or the sample data"},
    {RuleId::Kv2Path, "kv2-path", Warning, "A KV v2 secret is read without data/ in its path.",
     "The API of KV v2 has secrets below MOUNT/data/. The agent finds that out itself only if the policy lets it ask for the mount; else it reads a path that does not exist.",
     "write MOUNT/data/NAME"},
    {RuleId::Kv2Data, "kv2-data", Error, "A field of a KV v2 secret is read as .Data.x.",
     "An answer of KV v2 has the secret in .Data.data, beside .Data.metadata; .Data.x is <no value>.", "write .Data.data.x"},
    {RuleId::MissingSample, "missing-sample", Warning, "The sample data has no answer for a path.",
     "Without an answer the template waits for ever.", "correct the path, or add it to the sample data"},
    {RuleId::MissingKey, "missing-key", Error, "A key that the sample data lacks.",
     "A missing key renders as <no value>, or fails with error_on_missing_key.", "correct the key, or ask for it with {{ if }}"},
    {RuleId::ConfigSyntax, "config-syntax", Error, "The configuration is neither HCL nor JSON.",
     "The agent ends at start.", "correct the syntax at the caret"},
    {RuleId::ConfigError, "config-error", Error, "The configuration is refused.",
     "The agent ends at start.", "docs/agent-configuration.md lists all blocks and keys"},
    {RuleId::UnknownKey, "unknown-key", Warning, "A key that nobody reads.",
     "Unknown keys are ignored silently, so the default counts.", "remove it, or correct its name"},
    {RuleId::RepeatedKey, "repeated-key", Warning, "A key that is set twice in one block.",
     "The last value counts, lists grow; Vault 1.21 and later refuse the file, as the agent does with -strict-hcl.", "keep one of them"},
    {RuleId::Nanoseconds, "nanoseconds", Error, "An integer where a duration is wanted counts nanoseconds.",
     "Blocks template and exec take integers as nanoseconds.", "write a text with a unit: \"30s\""},
    {RuleId::QuotedBoolean, "quoted-boolean", Error, "A boolean in quotes.",
     "This key takes the bare words true and false alone.", "remove the quotes"},
    {RuleId::JsonLabel, "json-label", Error, "A JSON object that is taken as a label.",
     "In JSON, HCL takes the only member of an object as a label of the block when it is an object itself: {\"auto_auth\": {\"method\": {...}}} is the block auto_auth \"method\".",
     "put the block in a list: \"auto_auth\": [{...}]"},
    {RuleId::DestinationTwice, "destination-twice", Error, "Two templates write the same file.",
     "The one that is rendered last wins, at every change.", "give each template a destination of its own"},
    {RuleId::CommandShell, "command-needs-shell", Error, "A command needs a shell and has none.",
     "A list, and a single word, are started as they are: $, |, ;, &, >, < and * mean nothing then. A text with blanks goes through `sh -c`, which an image without a shell lacks.",
     "write one text with blanks to have a shell, or a list without shell syntax to need none"},
    {RuleId::LoginMount, "login-mount", Error, "The login goes to a mount that has no such role.",
     "A role belongs to the mount below which it was written; a login elsewhere is answered with permission denied or an unknown role.", "write the mount_path of the mount that has the role, or write the role below that mount"},
    {RuleId::ManifestSyntax, "manifest-syntax", Error, "The manifest is not YAML.",
     "kubectl refuses it.", "correct the syntax at the caret"},
    {RuleId::ConfigPath, "config-path", Error, "-config names a file that the container does not have.",
     "A ConfigMap that is mounted as a volume gives one file for each of its keys (or each path of items); nothing else is there.", "name a key of the ConfigMap, below the mountPath of its volume"},
    {RuleId::UnknownAnnotation, "unknown-annotation", Warning, "An annotation of the injector's prefix that it does not know.",
     "Unknown annotations are ignored silently, so the default counts.", "docs/annotations.md lists all annotations"},
    {RuleId::AnnotationNotText, "annotation-not-text", Error, "The value of an annotation is no text.",
     "Kubernetes refuses annotations that are booleans, numbers or structures.", "put the value in quotes"},
    {RuleId::NotInjected, "not-injected", Warning, "Annotations of the injector without agent-inject: \"true\".",
     "The injector looks at no other annotation unless agent-inject is true.", "add vault.hashicorp.com/agent-inject: \"true\""},
    {RuleId::TooMany, "too-many", Warning, "More problems than are shown.",
     "The list of a file ends at 1,000.", "correct these first"},
};
// clang-format on

}  // namespace

std::span<const Rule> rules() {
  return kRules;
}

const Rule& rule(RuleId id) {
  const Rule& row = kRules[static_cast<std::size_t>(id)];
  LH_ASSERT(row.id == id);
  return row;
}

std::string_view to_string(Severity severity) {
  return severity == Error ? "error" : "warning";
}

std::string reference_page() {
  std::string page =
      "<!-- Written from the table of rules (src/agent/lint_rules.cc); a test compares. -->\n"
      "# leasehold-agent lint\n\n"
      "Reads agent configurations (`.hcl`, `.json`), template files (`.tmpl`, `.ctmpl`, `.tpl`) "
      "and Kubernetes\n"
      "manifests (`.yaml`, `.yml`) with `vault.hashicorp.com/` annotations or ConfigMaps that hold "
      "such files, and\n"
      "reports all problems at once: place, source line with a caret, cause and fix.\n\n"
      "    leasehold-agent lint agent.hcl templates/ deployment.yaml\n"
      "    leasehold-agent lint -data sample.yaml app.tmpl      # also keys and paths, and a whole "
      "rendering\n"
      "    leasehold-agent lint -o json deploy/                 # for machines\n\n"
      "Exit status: 0 no problem, 1 problems, 2 wrong usage. `-data` takes the same file as "
      "`leasehold-agent render`:\n"
      "a map of paths to what Vault would answer. `-kv2 MOUNT` says that a mount is KV v2; sample "
      "data and `data/` in\n"
      "paths say so as well. Templates are rendered without side effects; nothing is asked of a "
      "server.\n"
      "In folders, hidden files, the templates of Helm charts and JSON of other programs are "
      "passed over.\n\n"
      "| Rule | Severity | Finds | Cause | Fix |\n|---|---|---|---|---|\n";
  const auto cell = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '|' || c == '<' || c == '*') out += '\\';
      out += c;
    }
    return out;
  };
  for (const Rule& row : kRules) {
    page += "| `" + std::string(row.name) + "` | " + std::string(to_string(row.severity)) + " | " +
            cell(row.summary) + " | " + cell(row.cause) + " | " + cell(row.fix) + " |\n";
  }
  return page;
}

}  // namespace leasehold::agent::lint
