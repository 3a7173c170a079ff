// Blocks vault and auto_auth: where the server is and how to log in to it (spec/agent.md 4.2, 4.3).
#include "config_tables.h"

#include <algorithm>
#include <cstdlib>

#include "leasehold/base/text.h"

namespace leasehold::agent::config {
namespace {

const Row<VaultConfig> kRetryRows[] = {
    {"num_retries", "int", "12", "0 means 12, -1 none",
     [](const Cell& c, VaultConfig& v) { v.num_retries = c.integer(); }},
};

const Row<VaultConfig> kVaultRows[] = {
    {"address", "text", "https://127.0.0.1:8200", "URL of the server; flag and environment win",
     [](const Cell& c, VaultConfig& v) { v.address = c.text(); }},
    {"ca_cert", "text", "", "PEM file with the certificates to trust",
     [](const Cell& c, VaultConfig& v) { v.ca_cert = c.text(); }},
    {"ca_path", "text", "", "folder of PEM files to trust",
     [](const Cell& c, VaultConfig& v) { v.ca_path = c.text(); }},
    {"tls_skip_verify", "bool, quoted or not", "false", "do not check the server's certificate",
     [](const Cell& c, VaultConfig& v) { v.tls_skip_verify = c.lenient_bool(); }, false},
    {"client_cert", "text", "", "PEM file with our certificate; needs client_key",
     [](const Cell& c, VaultConfig& v) { v.client_cert = c.text(); }},
    {"client_key", "text", "", "PEM file with its key",
     [](const Cell& c, VaultConfig& v) { v.client_key = c.text(); }},
    {"tls_server_name", "text", "", "name to expect in the certificate",
     [](const Cell& c, VaultConfig& v) { v.tls_server_name = c.text(); }},
    {"namespace", "text", "", "namespace of all requests; auto_auth.method.namespace wins for logins",
     [](const Cell& c, VaultConfig& v) { v.namespace_ = c.text(); }, true, {}, "1.16"},
    {"retry", "block", "", "how often a request is repeated",
     [](const Cell& c, VaultConfig&) {
       VaultConfig ignored;
       read_block<VaultConfig>(c.file(), c.path(), c.source(), kRetryRows, ignored, Pass::Types);
     }},
};

void check_sinks_types(const Cell& cell);

const Row<AutoAuthConfig> kAutoAuthRows[] = {
    {"sinks", kIgnored, "", "write sink blocks", [](const Cell& c, AutoAuthConfig&) { check_sinks_types(c); }},
    {"enable_reauth_on_new_credentials", "bool", "false", "log in again when the credential changes",
     [](const Cell& c, AutoAuthConfig& a) { a.enable_reauth_on_new_credentials = c.strict_bool(); }},
    {"method", "block", "", "how to log in; exactly one"},
    {"sink", "block", "", "where the token goes; any number"},
};

/// A method while it is read: the peer looks at the back-offs after everything else of auto_auth.
struct MethodDraft {
  MethodConfig method;
  hcl::Value wrap_ttl;
  hcl::Value min_backoff;
  hcl::Value max_backoff;
};

template <class Target>
void keep_config(const hcl::Map& map, Target take) {
  struct Visit {
    ConfigValueKind& kind;
    std::string& text;
    void operator()(bool value) const { kind = ConfigValueKind::Bool, text = value ? "true" : "false"; }
    void operator()(std::int64_t value) const { kind = ConfigValueKind::Int, text = std::to_string(value); }
    void operator()(double value) const { kind = ConfigValueKind::Float, text = std::to_string(value); }
    void operator()(const std::string& value) const { kind = ConfigValueKind::Text, text = value; }
    void operator()(const hcl::List&) const {}
    void operator()(const hcl::Blocks&) const {}
    void operator()(const hcl::Map&) const {}
    void operator()(std::monostate) const {}
  };
  for (const auto& [key, value] : map) {
    ConfigValueKind kind = ConfigValueKind::Other;
    std::string text;
    std::visit(Visit{kind, text}, value.data);
    take(key, kind, text);
  }
}

void keep_method_config(const Cell& cell, MethodDraft& draft) {
  draft.method.has_config = true;
  keep_config(cell.map(), [&](const std::string& key, ConfigValueKind kind, const std::string& text) {
    draft.method.config[key] = text;
    draft.method.config_kinds[key] = kind;
  });
}

const Row<MethodDraft> kMethodRows[] = {
    {"type", "text", "the label", "kubernetes, jwt, approle, token_file or cert",
     [](const Cell& c, MethodDraft& m) { m.method.type = c.text(); }, true, "Type"},
    {"mount_path", "text", "auth/TYPE", "where the auth method is mounted",
     [](const Cell& c, MethodDraft& m) { m.method.mount_path = c.text(); }},
    {"wrap_ttl", "duration", "", "wrap the token; needs exactly one sink",
     [](const Cell& c, MethodDraft& m) { m.wrap_ttl = c.any(); }},
    {"min_backoff", "duration", "1s", "first pause after a failed login",
     [](const Cell& c, MethodDraft& m) { m.min_backoff = c.any(); }},
    {"max_backoff", "duration", "5m", "longest pause between logins",
     [](const Cell& c, MethodDraft& m) { m.max_backoff = c.any(); }},
    {"namespace", "text", "", "namespace of the login",
     [](const Cell& c, MethodDraft& m) { m.method.namespace_ = c.text(); }},
    {"exit_on_err", "bool", "false", "end with the first failed login",
     [](const Cell& c, MethodDraft& m) { m.method.exit_on_err = c.strict_bool(); }},
    {"config", "map", "", "the keys of the method itself", keep_method_config, true, "Config"},
};

/// The path, mode and owner of a file sink, or what is wrong with them.
void take_file_sink_key(SinkConfig& sink, const std::string& key, ConfigValueKind kind, const std::string& text) {
  const auto refuse = [&](const std::string& what) {
    if (sink.start_error.empty()) sink.start_error = "error creating file sink: " + what;
  };
  const auto number = [&](std::int64_t& out) {
    if (kind != ConfigValueKind::Int) return refuse("could not parse '" + key + "' as integer");
    out = std::strtoll(text.c_str(), nullptr, 10);
  };
  if (key == "path") {
    if (kind != ConfigValueKind::Text) return refuse("could not parse 'path' as string");
    sink.path = text;
  } else if (key == "mode") {
    std::int64_t mode = sink.mode;
    number(mode);
    if (mode < 0 || mode > 0777) return refuse("file mode does not represent a regular file");
    sink.mode = static_cast<std::uint32_t>(mode);
  } else if (key == "uid") {
    number(sink.uid);
  } else if (key == "gid") {
    number(sink.gid);
  }
}

void keep_sink_config(const Cell& cell, SinkConfig& sink) {
  keep_config(cell.map(), [&](const std::string& key, ConfigValueKind kind, const std::string& text) {
    take_file_sink_key(sink, key, kind, text);
  });
}

const Row<SinkConfig> kSinkRows[] = {
    {"type", "text", "the label", "file",
     [](const Cell& c, SinkConfig& s) { s.type = c.text(); }, true, "Type"},
    {"wrap_ttl", "duration", "", "wrap the token for this sink",
     [](const Cell& c, SinkConfig& s) { s.wrap_ttl = c.duration(); }, false},
    {"dh_type", "text", "", "curve25519: encrypt the token for the reader",
     [](const Cell& c, SinkConfig& s) { s.dh_type = c.text(); }},
    {"derive_key", "bool", "false", "derive the key by HKDF",
     [](const Cell& c, SinkConfig& s) { s.derive_key = c.strict_bool(); }},
    {"dh_path", "text", "", "file with the reader's public key",
     [](const Cell& c, SinkConfig& s) { s.dh_path = c.text(); }},
    {"aad", "text", "", "additional authenticated data",
     [](const Cell& c, SinkConfig& s) { s.aad = c.text(); }},
    {"aad_env_var", "text", "", "environment variable that holds it",
     [](const Cell& c, SinkConfig& s) { s.aad_env_var = c.text(); }},
    {"config", "map", "", "path, mode, uid, gid", keep_sink_config, true, "Config"},
};

/// compat: an old wrapper that has no effect but must have the right shape.
void check_sinks_types(const Cell& cell) {
  if (cell.source().node != nullptr && cell.source().node->kind == hcl::NodeKind::Literal) (void)cell.texts();
}

constexpr KeyInfo kFileSinkKeys[] = {
    {"path", "text", "", "file that the token is written to; required", ""},
    {"mode", "int", "0640", "its mode, an octal number without quotes", ""},
    {"uid", "int", "-1", "its owner; -1 leaves it", "1.18"},
    {"gid", "int", "-1", "its group; -1 leaves it", "1.18"},
};

}  // namespace

std::vector<KeyInfo> vault_keys() { return keys_of(std::span<const Row<VaultConfig>>(kVaultRows)); }
std::vector<KeyInfo> retry_keys() { return keys_of(std::span<const Row<VaultConfig>>(kRetryRows)); }
std::vector<KeyInfo> auto_auth_keys() { return keys_of(std::span<const Row<AutoAuthConfig>>(kAutoAuthRows)); }
std::vector<KeyInfo> method_keys() { return keys_of(std::span<const Row<MethodDraft>>(kMethodRows)); }
std::vector<KeyInfo> sink_keys() { return keys_of(std::span<const Row<SinkConfig>>(kSinkRows)); }
std::vector<KeyInfo> file_sink_keys() { return {std::begin(kFileSinkKeys), std::end(kFileSinkKeys)}; }

void check_vault_types(const FileContext& file, const Cell& block) {
  VaultConfig ignored;
  read_block<VaultConfig>(file, block.path(), block.source(), kVaultRows, ignored, Pass::Types);
}

void read_vault(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "vault");
  const hcl::ItemView* block = only_block(found, "one and only one \"vault\" block is required");
  if (block == nullptr) return;
  VaultConfig vault;
  read_block<VaultConfig>(file, "root", {&block->value(), {}}, kVaultRows, vault);
  const hcl::Selection items = hcl::items_of(block->value());
  warn_unknown(file, "vault", items, vault_keys());
  in_block("error parsing 'retry': ", [&] {
    const hcl::Selection retries = hcl::select(items, "retry");
    const hcl::ItemView* retry = only_block(retries, "one and only one \"retry\" block is required");
    if (retry == nullptr) return;
    read_block<VaultConfig>(file, "root", {&retry->value(), {}}, kRetryRows, vault);
    warn_unknown(file, "vault.retry", hcl::items_of(retry->value()), retry_keys());
  });
  out.vault = std::move(vault);
}

void check_auto_auth_types(const FileContext& file, const Cell& block) {
  AutoAuthConfig ignored;
  read_block<AutoAuthConfig>(file, block.path(), block.source(), kAutoAuthRows, ignored, Pass::Types);
}

namespace {

/// The block `config` inside of another one.
void warn_unknown_config(const FileContext& file, std::string_view name, const hcl::ItemView& block,
                         const std::vector<KeyInfo>& known) {
  for (const hcl::ItemView& config : hcl::select(hcl::items_of(block.value()), "config")) {
    if (config.value().kind == hcl::NodeKind::Object) warn_unknown(file, name, hcl::items_of(config.value()), known);
  }
}

MethodDraft read_method(const FileContext& file, const hcl::Selection& auto_auth) {
  const hcl::Selection found = hcl::select(auto_auth, "method");
  if (found.size() != 1) throw ConfigError{"one and only one \"method\" block is required"};
  const hcl::ItemView& block = found.front();
  MethodDraft draft;
  read_block<MethodDraft>(file, "root", {&block.value(), {}}, kMethodRows, draft);
  warn_unknown(file, "method", hcl::items_of(block.value()), method_keys());
  MethodConfig& method = draft.method;
  if (method.type.empty()) method.type = label_of(block);
  if (method.type.empty()) throw ConfigError{"method type must be specified"};
  if (const auto known = method_config_keys(to_lower(method.type)); !known.empty()) {
    warn_unknown_config(file, "method.config", block, known);
  }
  if (method.mount_path.empty()) method.mount_path = "auth/" + method.type;
  if (method.mount_path.ends_with('/')) method.mount_path.pop_back();
  if (is_given(draft.wrap_ttl)) method.wrap_ttl = duration_of(draft.wrap_ttl);
  method.namespace_ = canonical_namespace(method.namespace_);
  return draft;
}

void check_encryption(SinkConfig& sink) {
  const std::string prefix = "sink." + sink.type + " ";
  if (!sink.dh_type.empty() && sink.dh_type != "curve25519") {
    throw ConfigError{prefix + "invalid value for 'dh_type'"};
  }
  if (sink.dh_path.empty() != sink.dh_type.empty()) {
    throw ConfigError{prefix + "'dh_type' and 'dh_path' must be specified together"};
  }
  if (!sink.dh_type.empty()) return;
  if (!sink.aad.empty()) {
    throw ConfigError{prefix + "specifying AAD data without 'dh_type' does not make sense"};
  }
  if (sink.derive_key) {
    throw ConfigError{prefix + "specifying 'derive_key' data without 'dh_type' does not make sense"};
  }
}

SinkConfig read_sink(const FileContext& file, const hcl::ItemView& block) {
  SinkConfig sink;
  read_block<SinkConfig>(file, "root", {&block.value(), {}}, kSinkRows, sink, Pass::Types);
  warn_unknown(file, "sink", hcl::items_of(block.value()), sink_keys());
  if (sink.type.empty()) sink.type = label_of(block);
  if (sink.type.empty()) throw ConfigError{"sink type must be specified"};
  const std::string type = sink.type;
  in_block("sink." + type + " ", [&] {
    read_block<SinkConfig>(file, "root", {&block.value(), {}}, kSinkRows, sink);
  });
  sink.type = type;
  if (type == "file") warn_unknown_config(file, "sink.config", block, file_sink_keys());
  check_encryption(sink);
  if (sink.type != "file") {
    sink.start_error = "Unknown sink type " + go_quote(sink.type);
  } else if (sink.path.empty() && sink.start_error.empty()) {
    sink.start_error = "error creating file sink: 'path' not specified for file sink";
  }
  return sink;
}

void check_wrapping(const AutoAuthConfig& auto_auth) {
  if (auto_auth.method.wrap_ttl.count() <= 0) return;
  if (auto_auth.sinks.size() != 1) {
    throw ConfigError{"error parsing auto_auth: wrapping enabled on auth method and 0 or many sinks defined"};
  }
  if (auto_auth.sinks.front().wrap_ttl.count() > 0) {
    throw ConfigError{"error parsing auto_auth: wrapping enabled both on auth method and sink"};
  }
}

std::chrono::nanoseconds backoff_of(const hcl::Value& value) {
  return is_given(value) ? duration_of(value) : std::chrono::nanoseconds(0);
}

}  // namespace

void read_auto_auth(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "auto_auth");
  const hcl::ItemView* block = only_block(found, "at most one \"auto_auth\" block is allowed");
  if (block == nullptr) return;
  AutoAuthConfig auto_auth;
  read_block<AutoAuthConfig>(file, "root", {&block->value(), {}}, kAutoAuthRows, auto_auth);
  const hcl::Selection items = hcl::items_of(block->value());
  warn_unknown(file, "auto_auth", items, auto_auth_keys());
  MethodDraft draft;
  in_block("error parsing 'method': ", [&] { draft = read_method(file, items); });
  auto_auth.method = draft.method;
  in_block("error parsing 'sink' stanzas: ", [&] {
    for (const hcl::ItemView& sink : hcl::select(items, "sink")) auto_auth.sinks.push_back(read_sink(file, sink));
  });
  check_wrapping(auto_auth);
  auto_auth.method.max_backoff = backoff_of(draft.max_backoff);
  auto_auth.method.min_backoff = backoff_of(draft.min_backoff);
  out.auto_auth = std::move(auto_auth);
}

}  // namespace leasehold::agent::config
