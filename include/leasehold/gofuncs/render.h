// Renders one template as Vault Agent does: text with actions in, bytes and the list of secrets that
// it asked for out. Pure: what is remote comes in through DataSource, and what is not there yet is
// listed, so that the caller can fetch it and render again. Truth: spec "templates", golden/templates.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/gotemplate/program.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

/// One remote thing that a template asked for. name is the stable key: `vault.read(kv/data/app)`,
/// `vault.write(p -> 7342b7a6)`, `vault.list(p)`, `vault.pki(p->/dest)`, `file(/x)`.
struct Dependency {
  enum class Kind {
    Read,   ///< GET path?query
    Write,  ///< PUT path with arguments
    List,   ///< LIST path
    Pki,    ///< PUT path with arguments; the certificate in destination is used while it is valid
    File,   ///< content of the local file path
    Other,  ///< Consul or Nomad: nobody can answer it here
  };
  Kind kind = Kind::Other;
  std::string name;
  std::string path;   ///< trimmed of spaces and slashes, without query
  std::string query;  ///< `version=2` or ""
  std::vector<std::pair<std::string, std::string>> arguments;  ///< Write, Pki: in written order
  std::string destination;                                     ///< Pki
};

/// What is known so far; the caller passes one to every pass.
class DataSource {
 public:
  DataSource() = default;
  DataSource(const DataSource&) = delete;
  DataSource& operator=(const DataSource&) = delete;
  virtual ~DataSource() = default;
  /// Null: not there yet. The pointer must live until the pass ends.
  [[nodiscard]] virtual const gotemplate::Value* find(const Dependency& dependency) const = 0;
};

/// The value of `secret`, from the body of Vault's answer; numbers keep their text. An empty body
/// (answer 204 to a write) gives the nil pointer that the replaced agent has there. The error
/// tells the position, never content.
Result<gotemplate::Value> parse_secret(std::string_view body);
/// The value of `secrets`: data.keys, sorted bytewise.
Result<gotemplate::Value> parse_list(std::string_view body);
/// The value of `pkiCert`, from the body of Vault's answer: every string of data is searched for
/// PEM blocks.
Result<gotemplate::Value> parse_pki(std::string_view body);
/// The same from PEM text, e.g. the file that an earlier run wrote.
Result<gotemplate::Value> parse_pem(std::string_view text);
/// Between which times a value of parse_pki or parse_pem says that it is valid; nullopt when it holds
/// no certificate.
struct CertificateLife {
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;
};
std::optional<CertificateLife> certificate_life(const gotemplate::Value& value);
/// The value of `file`.
gotemplate::Value file_value(std::string_view content);

/// Which of Sprig's functions there are.
enum class SprigSet {
  Full,
  Hermetic,  ///< without those that ask the clock, chance, the environment or DNS (Vault Agent 2)
};

/// Which values of secrets errors never show.
enum class Redaction {
  Everywhere,  ///< at any depth
  TopLevel,    ///< members of .Data as a whole, as the replaced agent: a KV v2 value is shown
};

struct TemplateOptions {
  std::string source_name;  ///< `(dynamic)` or the path. Not in errors: prefixing is the caller's
  std::string contents;
  std::string left_delimiter;   ///< empty: {{
  std::string right_delimiter;  ///< empty: }}
  bool error_on_missing_key = false;
  std::vector<std::string> function_denylist;  ///< names, `*` matches any text
  std::string sandbox_path;                    ///< `file` must stay below it; empty: anywhere
  std::string destination;
  std::size_t statements_max = gotemplate::kStatementsMax;  ///< a template that needs more fails
  SprigSet sprig = SprigSet::Full;                          ///< a superset breaks no valid template
  Redaction redaction = Redaction::Everywhere;              ///< TopLevel is for comparing with the peer alone
};

/// The edges of a template: what it may learn about the process. Empty members answer "unset",
/// the epoch and nothing.
struct Host {
  std::function<std::optional<std::string>(std::string_view name)> environment;
  std::function<std::chrono::system_clock::time_point()> now;
  std::function<void(std::string_view text)> standard_output;  ///< spew_dump, spew_printf
  std::string time_zone;  ///< local zone of Sprig's dates, `Europe/Berlin`; empty: UTC
};

/// What one rendering gave. used and missing are filled even when error is set: a template that
/// fails before its data arrives (`{{ (secret "p").Data.x | toUpper }}`) can be rendered later.
struct Pass {
  /// Text `parse: …` or `execute: …`; secret values in it are replaced by `[redacted]`.
  std::optional<std::string> error;
  SecretString text;
  std::vector<Dependency> used;     ///< in order of first use
  std::vector<Dependency> missing;  ///< those of used that data had no answer for
};

/// A parsed template. Holds no state between passes; not thread-safe.
class Template {
 public:
  /// Never fails: a syntax error is reported by the first and every later pass, as the replaced
  /// agent does.
  static std::unique_ptr<Template> create(TemplateOptions options, Host host);
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;
  ~Template();

  /// One pass. Side effects of functions (writeToFile, plugin) happen in every pass.
  [[nodiscard]] Pass render(const DataSource& data);
  [[nodiscard]] const TemplateOptions& options() const;

 private:
  struct State;
  explicit Template(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::gofuncs
