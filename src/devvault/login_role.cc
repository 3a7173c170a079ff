// One table for the token options, read and shown alike.
#include "login_role.h"

#include <algorithm>

namespace leasehold::devvault {
namespace {

struct DurationRow {
  std::string_view name;
  std::string_view old_name;
  seconds TokenTerms::* member;
};
constexpr DurationRow kDurations[] = {
    {"token_ttl", "ttl", &TokenTerms::ttl},
    {"token_max_ttl", "max_ttl", &TokenTerms::max_ttl},
    {"token_explicit_max_ttl", "", &TokenTerms::explicit_max_ttl},
    {"token_period", "period", &TokenTerms::period},
};

struct ListRow {
  std::string_view name;
  std::string_view old_name;
  std::vector<std::string> TokenTerms::* member;
};
constexpr ListRow kLists[] = {
    {"token_policies", "policies", &TokenTerms::policies},
    {"token_bound_cidrs", "bound_cidrs", &TokenTerms::bound_cidrs},
};

/// The new name wins over the old one.
std::string_view given_name(const Json& fields, std::string_view name, std::string_view old_name) {
  if (has(fields, name)) {
    return name;
  }
  return !old_name.empty() && has(fields, old_name) ? old_name : std::string_view();
}

}  // namespace

void add_token_fields(FieldTable& fields) {
  for (const DurationRow& row : kDurations) {
    fields.push_back({row.name, FieldType::Duration});
    if (!row.old_name.empty()) {
      fields.push_back({row.old_name, FieldType::Duration});
    }
  }
  for (const ListRow& row : kLists) {
    fields.push_back({row.name, FieldType::TextList});
    fields.push_back({row.old_name, FieldType::TextList});
  }
  fields.push_back({"token_no_default_policy", FieldType::Boolean});
  fields.push_back({"token_strictly_bind_ip", FieldType::Boolean});
  fields.push_back({"token_num_uses", FieldType::Integer});
  fields.push_back({"num_uses", FieldType::Integer});
  fields.push_back({"token_type", FieldType::Text});
}

Result<void> read_token_terms(const Json& fields, TokenTerms& terms) {
  TokenTerms changed = terms;
  for (const DurationRow& row : kDurations) {
    if (const auto name = given_name(fields, row.name, row.old_name); !name.empty()) {
      changed.*row.member = duration(fields, name);
    }
  }
  for (const ListRow& row : kLists) {
    if (const auto name = given_name(fields, row.name, row.old_name); !name.empty()) {
      changed.*row.member = texts(fields, name);
    }
  }
  if (const auto name = given_name(fields, "token_num_uses", "num_uses"); !name.empty()) {
    changed.num_uses = integer(fields, name);
  }
  changed.no_default_policy = boolean(fields, "token_no_default_policy", changed.no_default_policy);
  changed.strictly_bind_ip = boolean(fields, "token_strictly_bind_ip", changed.strictly_bind_ip);
  if (has(fields, "token_type")) {
    changed.type = text(fields, "token_type");
  }
  if (changed.max_ttl.count() > 0 && changed.ttl > changed.max_ttl) {
    return invalid("'token_ttl' cannot be greater than 'token_max_ttl'");
  }
  if (changed.num_uses < 0) {
    return invalid("'token_num_uses' cannot be negative");
  }
  terms = std::move(changed);
  return {};
}

void show_token_terms(const TokenTerms& terms, Json& data) {
  for (const DurationRow& row : kDurations) {
    data[std::string(row.name)] = (terms.*row.member).count();
  }
  for (const ListRow& row : kLists) {
    data[std::string(row.name)] = string_array(terms.*row.member);
  }
  data["token_no_default_policy"] = terms.no_default_policy;
  data["token_num_uses"] = terms.num_uses;
  data["token_strictly_bind_ip"] = terms.strictly_bind_ip;
  data["token_type"] = terms.type;
}

}  // namespace leasehold::devvault
