// secret, secrets and pkiCert: they name what they need and use what is there (spec 11.1 and 1.1).
#include <map>
#include <string>

#include "case_mapping.h"
#include "context.h"
#include "digest.h"
#include "leasehold/base/text.h"
#include "secret.h"
#include "url.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kString;
using gotemplate::kStringList;
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string_view trimmed_path(std::string_view text) {
  text = trim_unicode_space(text);
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

/// k=v arguments from the second on.
Result<Pairs> pairs_of(Call& call) {
  Pairs pairs;
  for (std::size_t index = 1; index < call.count(); ++index) {
    const std::string_view text = call.text(index);
    if (text.empty()) continue;
    const std::size_t sign = text.find('=');
    if (sign == std::string_view::npos) return invalid("not k=v pair " + go_quote(text));
    pairs.emplace_back(trim_unicode_space(text.substr(0, sign)), trim_unicode_space(text.substr(sign + 1)));
  }
  return pairs;
}

/// 8 hex digits that tell one set of arguments from another.
std::string hash_of(const Pairs& pairs) {
  // The later of two equal keys wins, as in a map.
  std::map<std::string_view, std::string_view> last;
  for (const auto& [key, value] : pairs) last[key] = value;
  std::string text;
  for (const auto& [key, value] : last) text += std::string(key) + "=" + go_quote(value);
  return sha1_hex(text).substr(0, 8);
}

/// Splits PATH?query; the path comes back decoded.
Result<void> set_path(Dependency& dependency, std::string_view text, std::string_view function) {
  const std::string_view path = trimmed_path(text);
  if (path.empty()) return invalid(std::string(function) + ": invalid format: \"\"");
  auto url = parse_url(path);
  if (!url) return url.error();
  dependency.path = url->path;
  dependency.query = url->query;
  return {};
}

std::string version_of(std::string_view query) {
  for (const std::string& part : split(query, '&')) {
    if (part.starts_with("version=") && part.size() > 8) return part.substr(8);
  }
  return {};
}

Result<Value> secret(Call& call) {
  if (call.count() == 0) return Value();
  Dependency dependency;
  const bool write = call.count() > 1;
  dependency.kind = write ? Dependency::Kind::Write : Dependency::Kind::Read;
  auto pairs = pairs_of(call);
  if (!pairs) return pairs.error();
  if (auto set = set_path(dependency, call.text(0), write ? "vault.write" : "vault.read"); !set) return set.error();
  if (write) {
    dependency.arguments = *pairs;
    dependency.name = "vault.write(" + dependency.path + " -> " + hash_of(*pairs) + ")";
  } else {
    const std::string version = version_of(dependency.query);
    dependency.name = "vault.read(" + dependency.path + (version.empty() ? "" : ".v" + version) + ")";
  }
  const Value* value = context_of(call).look_up(std::move(dependency));
  return value == nullptr ? Value() : *value;
}

Result<Value> secrets(Call& call) {
  if (call.text(0).empty()) return Value::list({}, kStringList);
  Dependency dependency;
  dependency.kind = Dependency::Kind::List;
  if (auto set = set_path(dependency, call.text(0), "vault.list"); !set) return set.error();
  dependency.name = "vault.list(" + dependency.path + ")";
  const Value* value = context_of(call).look_up(std::move(dependency));
  return value == nullptr ? Value::list({}, kStringList) : *value;
}

Result<Value> pki_certificate(Call& call) {
  if (call.count() == 0) return Value();
  Dependency dependency;
  dependency.kind = Dependency::Kind::Pki;
  auto pairs = pairs_of(call);
  if (!pairs) return pairs.error();
  if (auto set = set_path(dependency, call.text(0), "vault.read"); !set) return set.error();
  dependency.arguments = *std::move(pairs);
  dependency.destination = context_of(call).options().destination;
  dependency.name = "vault.pki(" + dependency.path + "->" + dependency.destination + ")";
  const Value* value = context_of(call).look_up(std::move(dependency));
  return value == nullptr ? Value() : *value;
}

// clang-format off
constexpr Function kVaultFunctions[] = {
    {"secret",  types<kString>, true,  &secret,          "reads a secret; with k=v arguments writes and uses the answer"},
    {"secrets", types<kString>, false, &secrets,         "lists the names below a path"},
    {"pkiCert", types<kString>, true,  &pki_certificate, "issues a certificate, or uses the one in the destination"},
};
// clang-format on

}  // namespace

std::span<const Function> vault_functions() { return kVaultFunctions; }

}  // namespace leasehold::gofuncs
