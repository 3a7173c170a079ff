#include "generate_config.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "agent_flags.h"
#include "command_line.h"
#include "connection.h"
#include "json_value.h"
#include "kv_place.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"
#include "server_session.h"

namespace leasehold::agent {
namespace {

using flags::Kind;
using flags::Row;

constexpr int kWrongUsage = 1;
constexpr int kServer = 2;
constexpr const char* kFile = "agent.hcl";
/// A wildcard over a whole mount would make a configuration that nobody can read.
constexpr std::size_t kSecretsMax = 1000;
constexpr int kFoldersDeep = 32;

// clang-format off
constexpr Row kRows[] = {
    {"type", Kind::Text, "", "", "What to write: env-template."},
    {"path", Kind::List, "", "", "A secret of a KV mount; FOLDER/* takes all secrets below it."},
    {"exec", Kind::Text, "env", "", "The program that gets the variables, with its arguments."},
};
// clang-format on

int fail(int status, const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return status;
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_identifier(const std::string& key) {
  return !key.empty() && std::isdigit(static_cast<unsigned char>(key[0])) == 0 &&
         std::all_of(key.begin(), key.end(), [](char c) { return is_word_character(c) || c == '_'; });
}

std::string contents_of(const GeneratedSecret& secret, const std::string& key) {
  const std::string data = secret.version2 ? ".Data.data" : ".Data";
  // A key such as db-user is no field name in a template.
  const std::string value = is_identifier(key) ? data + "." + key : "index " + data + " " + go_quote(key);
  return "{{ with secret " + go_quote(secret.path) + " }}{{ " + value + " }}{{ end }}";
}

}  // namespace

std::string variable_name(const std::string& path, const std::string& key) {
  std::string name;
  for (const std::string& text : {path.substr(path.rfind('/') + 1), key}) {
    bool begun = false;
    for (const char c : text) {
      if (!is_word_character(c)) {
        begun = false;
        continue;
      }
      if (!begun && !name.empty()) name += '_';
      begun = true;
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return name;
}

std::string generated_config(const GeneratedConfig& wanted) {
  std::string text =
      "auto_auth {\n\n  method {\n    type = \"token_file\"\n\n    config {\n      token_file_path = " +
      go_quote(wanted.token_file) +
      "\n    }\n  }\n}\n\n"
      "template_config {\n  static_secret_render_interval = \"5m\"\n  exit_on_retry_failure         = true\n}\n\n"
      "vault {\n  address = " +
      go_quote(wanted.address) + "\n}\n\n";
  for (const GeneratedSecret& secret : wanted.secrets) {
    for (const std::string& key : secret.keys) {
      text += "env_template " + go_quote(variable_name(secret.path, key)) + " {\n  contents             = " +
              go_quote(contents_of(secret, key)) + "\n  error_on_missing_key = true\n}\n";
    }
  }
  std::vector<std::string> words;
  for (const std::string& word : wanted.command) words.push_back(go_quote(word));
  text += "\nexec {\n  command                   = [" + join(words, ", ") +
          "]\n  restart_on_secret_changes = \"always\"\n  restart_stop_signal       = \"SIGTERM\"\n}\n";
  return text;
}

std::vector<std::string> shell_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = '\0';
  const auto end_word = [&] {
    if (begun) words.push_back(std::exchange(word, ""));
    begun = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      begun = true;
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
      begun = true;
    } else if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
      end_word();
    } else {
      word += c;
      begun = true;
    }
  }
  end_word();
  return words;
}

namespace {

/// Asks the server for the keys of secrets.
class Collector {
 public:
  explicit Collector(ServerSession& session) : session_(session) {}

  Result<void> add(const std::string& path) {
    if (path.ends_with("/*")) return add_folder(bare_path(std::string_view(path).substr(0, path.size() - 2)), 0);
    return add_secret(bare_path(path));
  }

  std::vector<GeneratedSecret> take() { return std::move(secrets_); }

 private:
  Result<void> add_secret(const std::string& path) {
    if (secrets_.size() >= kSecretsMax) return invalid("more than " + std::to_string(kSecretsMax) + " secrets");
    const auto place = find_kv(session_, path, "data");
    if (!place) return place.error();
    const auto answer = session_.ask({.method = "GET", .path = place->path, .query = "", .body = {}});
    if (!answer) return answer.error();
    const auto body = parse_json_value(answer->body.expose());  // expose(): for the names of its keys
    if (!body) return body.error();
    const gotemplate::Value* data = member_of(*body, "data");
    if (data != nullptr && place->version2) data = member_of(*data, "data");
    if (data == nullptr || data->kind() != gotemplate::Kind::Map) return not_found("no value found at " + place->path);
    GeneratedSecret secret{place->path, {}, place->version2};
    for (const auto& [key, value] : data->entries()) secret.keys.emplace_back(key.as_text());
    secrets_.push_back(std::move(secret));
    return {};
  }

  Result<void> add_folder(const std::string& folder, int depth) {
    if (depth > kFoldersDeep) return invalid("folders more than " + std::to_string(kFoldersDeep) + " deep");
    const auto place = find_kv(session_, folder, "metadata");
    if (!place) return place.error();
    const auto answer = session_.ask({.method = "GET", .path = place->path, .query = "list=true", .body = {}});
    if (!answer) return answer.error();
    const auto body = parse_json_value(answer->body.expose());  // expose(): for the names in the folder
    if (!body) return body.error();
    const gotemplate::Value* data = member_of(*body, "data");
    const gotemplate::Value* names = data == nullptr ? nullptr : member_of(*data, "keys");
    if (names == nullptr || names->kind() != gotemplate::Kind::List) return not_found("nothing below " + folder);
    for (const gotemplate::Value& name : names->items()) {
      if (name.kind() != gotemplate::Kind::String) continue;
      const std::string path = folder + "/" + std::string(name.as_text());
      auto added = path.ends_with('/') ? add_folder(bare_path(path), depth + 1) : add_secret(path);
      if (!added) return added;
    }
    return {};
  }

  ServerSession& session_;
  std::vector<GeneratedSecret> secrets_;
};

int generate(const flags::Parsed& given, const flags::Environment& environment) {
  const auto settings = resolve_connection(nullptr, given, environment);
  if (!settings) return fail(kServer, settings.error().message);
  auto session = ServerSession::open(given, environment);
  if (!session) return fail(kServer, session.error().message);
  Collector collector(**session);
  for (const std::string& path : values_of(given, "path")) {
    if (auto added = collector.add(path); !added) return fail(kServer, "Error: unable to generate config: " + added.error().message);
  }
  GeneratedConfig wanted;
  wanted.address = settings->address;
  wanted.token_file = environment("HOME").value_or("") + "/.vault-token";
  wanted.secrets = collector.take();
  wanted.command = shell_words(given.last("exec").value_or("env"));
  const std::string file = given.positional.empty() ? kFile : given.positional[0];
  const auto written = runtime::write_atomically(file, generated_config(wanted), {});
  if (!written) return fail(kServer, "Error: unable to write the file: " + written.error().message);
  std::printf("Successfully generated %s configuration file!\n\n"
              "Warning: the generated file uses 'token_file' authentication method, which is not suitable for production "
              "environments.\n",
              go_quote(file).c_str());
  return kDone;
}

}  // namespace

int run_generate_config(std::span<const std::string> arguments, const flags::Environment& environment) {
  std::vector<Row> rows(std::begin(kRows), std::end(kRows));
  rows.insert(rows.end(), connection_flags().begin(), connection_flags().end());
  const auto given = parse_interleaved(rows, arguments);
  if (!given) return fail(kWrongUsage, given.error().message);
  if (given->help) {
    std::printf("Usage: vault agent generate-config [options] [FILE]\n\nOptions:\n%s", flags::usage(rows).c_str());
    return kDone;
  }
  const std::string type = given->last("type").value_or("");
  if (type != "env-template") {
    return fail(kWrongUsage, type.empty() ? "Please specify a -type flag; currently only -type=\"env-template\" is supported."
                                          : go_quote(type) + " is not a supported configuration type; currently only "
                                                             "-type=\"env-template\" is supported.");
  }
  if (given->positional.size() > 1) {
    return fail(kWrongUsage, "Too many arguments (expected at most 1, got " + std::to_string(given->positional.size()) + ")");
  }
  return generate(*given, environment);
}

}  // namespace leasehold::agent
