// From the HCL tree to rules. The texts of errors are those of golden/vault-api/sys-policies.
#include "policy_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/hcl/parser.h"
#include "leasehold/hcl/tree.h"

namespace leasehold::devvault {
namespace {

struct Named {
  std::string_view name;
  std::uint32_t bits;
};

constexpr std::array kCapabilities = {
    Named{"create", kCreate}, Named{"delete", kDelete}, Named{"deny", kDeny}, Named{"list", kList},     Named{"patch", kPatch},
    Named{"read", kRead},     Named{"scan", kScan},     Named{"sudo", kSudo}, Named{"update", kUpdate},
};

/// The old `policy = "write"` form.
constexpr std::array kOldPolicies = {
    Named{"deny", kDeny},
    Named{"read", kRead | kList},
    Named{"write", kCreate | kRead | kUpdate | kDelete | kList},
    Named{"sudo", kCreate | kRead | kUpdate | kDelete | kList | kSudo},
};

constexpr std::array<std::string_view, 9> kKeys = {
    "allowed_parameters", "capabilities",        "comment",
    "denied_parameters",  "max_wrapping_ttl",    "min_wrapping_ttl",
    "policy",             "required_parameters", "expiration"};

Error in_path(const Rule& rule, const std::string& what) { return invalid("path " + go_quote(rule.path) + ": " + what); }

Json literal_value(const hcl::Node& node) {
  switch (node.literal) {
    case hcl::LiteralKind::Bool:
      return Json(node.text == "true");
    case hcl::LiteralKind::Number:
    case hcl::LiteralKind::Float:
      return number_from_literal(node.text);
    case hcl::LiteralKind::String:
    case hcl::LiteralKind::Heredoc:
      break;
  }
  return Json(node.text);
}

std::vector<Json> values_of(const hcl::Node& node) {
  std::vector<Json> values;
  if (node.kind == hcl::NodeKind::Literal) {
    values.push_back(literal_value(node));
  }
  for (const hcl::Node& element : node.elements) {
    if (element.kind == hcl::NodeKind::Literal) {
      values.push_back(literal_value(element));
    }
  }
  return values;
}

std::vector<std::string> texts_of(const hcl::Node& node) {
  std::vector<std::string> texts;
  for (const Json& value : values_of(node)) {
    texts.push_back(value.is_string() ? value.get<std::string>() : to_text(value));
  }
  return texts;
}

std::map<std::string, std::vector<Json>> parameters_of(const hcl::Node& node) {
  std::map<std::string, std::vector<Json>> parameters;
  for (const hcl::ItemView& item : hcl::items_of(node)) {
    if (item.key_count() > 0) {
      parameters[to_lower(item.key(0).name)] = values_of(item.value());
    }
  }
  // A list of blocks is the other spelling of an object.
  for (const hcl::Node& element : node.elements) {
    parameters.merge(parameters_of(element));
  }
  return parameters;
}

Result<void> read_capabilities(Rule& rule, const hcl::Node& node) {
  for (const std::string& name : texts_of(node)) {
    const auto* found = std::find_if(kCapabilities.begin(), kCapabilities.end(),
                                     [&name](const Named& row) { return row.name == name; });
    if (found == kCapabilities.end()) {
      return in_path(rule, "invalid capability " + go_quote(name));
    }
    rule.capabilities |= found->bits;
  }
  return {};
}

Result<void> read_old_policy(Rule& rule, const hcl::Node& node) {
  const auto* found = std::find_if(kOldPolicies.begin(), kOldPolicies.end(),
                                   [&node](const Named& row) { return row.name == node.text; });
  if (found == kOldPolicies.end()) {
    return in_path(rule, "invalid policy " + go_quote(node.text));
  }
  rule.capabilities |= found->bits;
  return {};
}

Result<void> read_wrapping_ttl(Rule& rule, const hcl::Node& node, std::chrono::seconds& into) {
  auto ttl = parse_vault_duration(node.text);
  if (!ttl) {
    return in_path(rule, "error parsing wrapping ttl: " + ttl.error().message);
  }
  into = std::chrono::duration_cast<std::chrono::seconds>(*ttl);
  return {};
}

Result<void> read_setting(Rule& rule, std::string_view key, const hcl::Node& node) {
  if (key == "capabilities") {
    return read_capabilities(rule, node);
  }
  if (key == "policy") {
    return read_old_policy(rule, node);
  }
  if (key == "allowed_parameters") {
    rule.allowed_parameters = parameters_of(node);
  } else if (key == "denied_parameters") {
    rule.denied_parameters = parameters_of(node);
  } else if (key == "required_parameters") {
    rule.required_parameters = texts_of(node);
  } else if (key == "min_wrapping_ttl") {
    return read_wrapping_ttl(rule, node, rule.min_wrapping_ttl);
  } else if (key == "max_wrapping_ttl") {
    return read_wrapping_ttl(rule, node, rule.max_wrapping_ttl);
  }
  return {};
}

Result<Rule> read_rule(std::string_view path, const hcl::Node& body) {
  Rule rule;
  rule.path = path;
  // compat: a leading slash is dropped, golden/vault-api/policy-enforcement
  if (rule.path.starts_with('/')) {
    rule.path.erase(0, 1);
  }
  for (const hcl::ItemView& item : hcl::items_of(body)) {
    const std::string& key = item.key(0).name;
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      return in_path(rule, "invalid key " + go_quote(key) + " on line " + item.key(0).at.str());
    }
    if (auto read = read_setting(rule, key, item.value()); !read) {
      return read.error();
    }
  }
  if (rule.path.find("+*") != std::string::npos) {
    return in_path(rule, "invalid use of wildcards ('+*' is forbidden)");
  }
  if ((rule.capabilities & kDeny) != 0) {
    rule.capabilities = kDeny;
    rule.allowed_parameters.clear();
    rule.denied_parameters.clear();
  }
  if (rule.min_wrapping_ttl.count() != 0 && rule.max_wrapping_ttl.count() != 0 &&
      rule.max_wrapping_ttl < rule.min_wrapping_ttl) {
    return in_path(rule, "max_wrapping_ttl cannot be less than min_wrapping_ttl");
  }
  return rule;
}

Result<void> read_paths(const hcl::ItemView& item, std::vector<Rule>& rules) {
  if (item.key_count() > 0) {
    auto rule = read_rule(item.key(0).name, item.value());
    if (!rule) {
      return rule.error();
    }
    rules.push_back(*std::move(rule));
    return {};
  }
  // JSON: {"path": {"a": {...}, "b": {...}}}, or a list of such objects.
  for (const hcl::ItemView& inner : hcl::items_of(item.value())) {
    if (auto read = read_paths(inner, rules); !read) {
      return read;
    }
  }
  for (const hcl::Node& element : item.value().elements) {
    for (const hcl::ItemView& inner : hcl::items_of(element)) {
      if (auto read = read_paths(inner, rules); !read) {
        return read;
      }
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> capability_names(std::uint32_t capabilities) {
  if (capabilities == 0 || (capabilities & kDeny) != 0) {
    return {"deny"};
  }
  std::vector<std::string> names;
  for (const Named& row : kCapabilities) {
    if ((capabilities & row.bits) != 0) {
      names.emplace_back(row.name);
    }
  }
  return names;
}

Result<std::vector<Rule>> parse_policy(std::string_view text) {
  auto document = hcl::parse(text);
  if (!document) {
    return document.error();
  }
  std::vector<Rule> rules;
  for (const hcl::ItemView& item : hcl::items_of(document->root)) {
    const std::string& key = item.key(0).name;
    if (key != "path" && key != "name") {
      return invalid("invalid key " + go_quote(key) + " on line " + item.key(0).at.str());
    }
  }
  for (const hcl::ItemView& item : hcl::select(hcl::items_of(document->root), "path")) {
    if (auto read = read_paths(item, rules); !read) {
      return read.error();
    }
  }
  return rules;
}

bool fill_templates(std::string& path, const std::map<std::string, std::string>& identity) {
  for (;;) {  // bounded: a round replaces one template and what it puts in is not looked at again
    const auto open = path.find("{{");
    if (open == std::string::npos) {
      return true;
    }
    const auto close = path.find("}}", open);
    if (close == std::string::npos) {
      return false;
    }
    const std::string name(trim_space(std::string_view(path).substr(open + 2, close - open - 2)));
    const auto found = identity.find(name);
    // A value with wildcards would widen the rule.
    if (found == identity.end() || found->second.empty() || found->second.find_first_of("*+/{") != std::string::npos) {
      return false;
    }
    path.replace(open, close + 2 - open, found->second);
  }
}

}  // namespace leasehold::devvault
