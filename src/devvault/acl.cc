// Which rule wins, and what it allows. Only the winning rule counts: a longer prefix that allows
// beats a shorter deny (golden/vault-api/policy-enforcement).
#include "acl.h"

#include <algorithm>
#include <tuple>

#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

bool is_pattern(std::string_view path) {
  if (path.ends_with('*')) {
    return true;
  }
  const auto segments = split(path, '/');
  return std::find(segments.begin(), segments.end(), "+") != segments.end();
}

/// Sort key: the first of equal matches is the greatest key.
auto precedence(const Rule& rule) {
  const std::string_view path = rule.path;
  auto wildcard = path.find('+');
  if (path.ends_with('*')) {
    wildcard = std::min(wildcard, path.size() - 1);
  }
  const auto pluses = std::count(path.begin(), path.end(), '+');
  return std::make_tuple(wildcard, !path.ends_with('*'), -pluses, path.size(), path);
}

void merge_parameters(std::map<std::string, std::vector<Json>>& into, const std::map<std::string, std::vector<Json>>& from) {
  for (const auto& [key, values] : from) {
    auto [place, fresh] = into.emplace(key, values);
    if (fresh) {
      continue;
    }
    // An empty list means any value and swallows the others.
    if (values.empty() || place->second.empty()) {
      place->second.clear();
    } else {
      place->second.insert(place->second.end(), values.begin(), values.end());
    }
  }
}

/// The same path in several policies: capabilities are united, deny wins.
void merge_rule(Rule& into, const Rule& from) {
  if (((into.capabilities | from.capabilities) & kDeny) != 0) {
    into.capabilities = kDeny;
    return;
  }
  into.capabilities |= from.capabilities;
  merge_parameters(into.allowed_parameters, from.allowed_parameters);
  merge_parameters(into.denied_parameters, from.denied_parameters);
  into.required_parameters.insert(into.required_parameters.end(), from.required_parameters.begin(),
                                  from.required_parameters.end());
  if (from.min_wrapping_ttl.count() != 0 &&
      (into.min_wrapping_ttl.count() == 0 || from.min_wrapping_ttl < into.min_wrapping_ttl)) {
    into.min_wrapping_ttl = from.min_wrapping_ttl;
  }
  into.max_wrapping_ttl = std::max(into.max_wrapping_ttl, from.max_wrapping_ttl);
}

bool glob_equal(const Json& pattern, const Json& value) {
  if (!pattern.is_string() || !value.is_string()) {
    return pattern == value;
  }
  std::string_view wanted = pattern.get_ref<const std::string&>();
  const std::string_view given = value.get_ref<const std::string&>();
  const bool open_start = wanted.starts_with('*');
  const bool open_end = wanted.ends_with('*') && wanted.size() > 1;
  if (open_start) {
    wanted.remove_prefix(1);
  }
  if (open_end) {
    wanted.remove_suffix(1);
  }
  if (open_start && open_end) {
    return given.find(wanted) != std::string_view::npos;
  }
  if (open_start) {
    return given.ends_with(wanted);
  }
  return open_end ? given.starts_with(wanted) : given == wanted;
}

bool value_listed(const Json& value, const std::vector<Json>& values) {
  return values.empty() ||
         std::any_of(values.begin(), values.end(), [&value](const Json& pattern) { return glob_equal(pattern, value); });
}

bool parameters_allowed(const Rule& rule, const Json& data) {
  for (const std::string& name : rule.required_parameters) {
    if (!data.contains(to_lower(name))) {
      return false;
    }
  }
  if (data.empty()) {
    return true;
  }
  if (rule.denied_parameters.contains("*")) {
    return false;
  }
  for (const auto& [key, value] : data.items()) {
    const auto denied_values = rule.denied_parameters.find(to_lower(key));
    if (denied_values != rule.denied_parameters.end() && value_listed(value, denied_values->second)) {
      return false;
    }
    if (rule.allowed_parameters.empty()) {
      continue;
    }
    const auto allowed_values = rule.allowed_parameters.find(to_lower(key));
    const bool allowed = allowed_values != rule.allowed_parameters.end()
                             ? value_listed(value, allowed_values->second)
                             : rule.allowed_parameters.contains("*");
    if (!allowed) {
      return false;
    }
  }
  return true;
}

bool wrapping_allowed(const Rule& rule, seconds ttl) {
  const bool limited = rule.min_wrapping_ttl.count() != 0 || rule.max_wrapping_ttl.count() != 0;
  if (!limited) {
    return true;
  }
  return ttl.count() != 0 && ttl >= rule.min_wrapping_ttl &&
         (rule.max_wrapping_ttl.count() == 0 || ttl <= rule.max_wrapping_ttl);
}

}  // namespace

bool rule_matches(std::string_view rule, std::string_view path) {
  const bool prefix = rule.ends_with('*');
  if (prefix) {
    rule.remove_suffix(1);
  }
  for (;;) {  // one segment a round
    const auto rule_slash = rule.find('/');
    const auto path_slash = path.find('/');
    const std::string_view wanted = rule.substr(0, rule_slash);
    const std::string_view given = path.substr(0, path_slash);
    if (rule_slash == std::string_view::npos) {
      if (prefix) {
        // `a/+/*` wants the segment for + to be there; `a/b*` matches inside the last segment.
        return wanted == "+" ? !given.empty() : path.starts_with(wanted);
      }
      return path_slash == std::string_view::npos && (wanted == "+" || wanted == given);
    }
    if (path_slash == std::string_view::npos || (wanted != "+" && wanted != given)) {
      return false;
    }
    rule.remove_prefix(rule_slash + 1);
    path.remove_prefix(path_slash + 1);
  }
}

Acl::Acl(std::vector<Rule> rules, bool root) : root_(root) {
  std::map<std::string, Rule> patterns;
  for (Rule& rule : rules) {
    auto& table = is_pattern(rule.path) ? patterns : exact_;
    const auto found = table.find(rule.path);
    if (found == table.end()) {
      std::string key = rule.path;
      table.emplace(std::move(key), std::move(rule));
    } else {
      merge_rule(found->second, rule);
    }
  }
  for (auto& [path, rule] : patterns) {
    patterns_.push_back(std::move(rule));
  }
  std::sort(patterns_.begin(), patterns_.end(),
            [](const Rule& a, const Rule& b) { return precedence(a) > precedence(b); });
}

const Rule* Acl::winner(std::string_view path, bool list) const {
  if (const auto found = exact_.find(std::string(path)); found != exact_.end()) {
    return &found->second;
  }
  if (list && path.ends_with('/')) {
    // compat: a rule without the slash serves LIST too, golden/vault-api/policy-enforcement
    if (const auto found = exact_.find(std::string(path.substr(0, path.size() - 1))); found != exact_.end()) {
      return &found->second;
    }
  }
  for (const Rule& rule : patterns_) {
    if (rule_matches(rule.path, path) || (list && path.ends_with('/') && !rule.path.ends_with('*') &&
                                          rule_matches(rule.path, path.substr(0, path.size() - 1)))) {
      return &rule;
    }
  }
  return nullptr;
}

Acl::Verdict Acl::judge(const Call& call, std::uint32_t needed) const {
  if (root_) {
    return {.allowed = true, .sudo = true, .root = true};
  }
  const bool list = call.operation == Operation::List || call.operation == Operation::Scan;
  const Rule* rule = winner(call.path, list);
  if (rule == nullptr || (rule->capabilities & kDeny) != 0) {
    return {};
  }
  Verdict verdict;
  verdict.sudo = (rule->capabilities & kSudo) != 0;
  verdict.allowed = (rule->capabilities & needed) != 0 && wrapping_allowed(*rule, call.wrap_ttl);
  if ((needed & (kCreate | kUpdate | kPatch)) != 0) {
    verdict.allowed = verdict.allowed && parameters_allowed(*rule, call.data);
  }
  return verdict;
}

std::uint32_t Acl::capabilities(std::string_view path) const {
  const Rule* rule = winner(path, true);
  return rule == nullptr ? 0U : rule->capabilities;
}

bool Acl::touches(std::string_view path) const {
  if (root_) {
    return true;
  }
  const auto usable = [](const Rule& rule) { return rule.capabilities != 0 && (rule.capabilities & kDeny) == 0; };
  if (const Rule* rule = winner(path, true); rule != nullptr && usable(*rule)) {
    return true;
  }
  const auto below = [&](const Rule& rule) { return usable(rule) && std::string_view(rule.path).starts_with(path); };
  for (const auto& [rule_path, rule] : exact_) {
    if (below(rule)) {
      return true;
    }
  }
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Rule& rule) {
    if (below(rule)) {
      return true;
    }
    // `+/data/*` reaches below every mount: compare segment by segment.
    const auto rule_parts = split(rule.path, '/');
    const auto path_parts = split(path.ends_with('/') ? path.substr(0, path.size() - 1) : path, '/');
    if (!usable(rule) || rule_parts.size() < path_parts.size()) {
      return false;
    }
    for (std::size_t i = 0; i < path_parts.size(); ++i) {
      if (rule_parts[i] != "+" && rule_parts[i] != path_parts[i]) {
        return false;
      }
    }
    return true;
  });
}

}  // namespace leasehold::devvault
