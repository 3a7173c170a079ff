#include "secret_output.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "json_value.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/gofuncs/yaml_text.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::agent {
namespace {

using gotemplate::Kind;
using gotemplate::Value;

constexpr std::size_t kGap = 4;
/// Of a warning's lines, without their two blanks.
constexpr std::size_t kWarningWidth = 76;

/// Columns count characters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool means_duration(std::string_view key) {
  static constexpr std::array<std::string_view, 4> kWords = {"period", "ttl", "duration", "lease_max"};
  static constexpr std::array<std::string_view, 4> kEndings = {"_period", "_ttl", "_duration", "_lease_max"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) { return key == word; }) ||
         std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return key.ends_with(ending); });
}

/// The text of a scalar, "" for others.
std::string text_of(const Value* value) { return value == nullptr ? "" : gotemplate::to_text(*value); }

std::int64_t number_of(const Value* value) {
  const auto number = parse_int(text_of(value));
  return number ? *number : 0;
}

/// %q of a list of texts: ["default" "app"].
std::string quoted_list(const Value* list) {
  std::string out = "[";
  if (list != nullptr && list->kind() == Kind::List) {
    for (const Value& item : list->items()) {
      if (out.size() > 1) out += ' ';
      out += go_quote(gotemplate::to_text(item));
    }
  }
  return out + "]";
}

void add_auth_rows(const Value& auth, TableRows& rows) {
  const std::int64_t seconds = number_of(member_of(auth, "lease_duration"));
  rows.emplace_back("token", text_of(member_of(auth, "client_token")));
  rows.emplace_back("token_accessor", text_of(member_of(auth, "accessor")));
  rows.emplace_back("token_duration", seconds == 0 ? "∞" : short_duration(seconds));
  rows.emplace_back("token_renewable", text_of(member_of(auth, "renewable")));
  rows.emplace_back("token_policies", quoted_list(member_of(auth, "token_policies")));
  rows.emplace_back("identity_policies", quoted_list(member_of(auth, "identity_policies")));
  rows.emplace_back("policies", quoted_list(member_of(auth, "policies")));
  const Value* metadata = member_of(auth, "metadata");
  if (metadata == nullptr || metadata->kind() != Kind::Map) return;
  for (const auto& [key, value] : metadata->entries()) {
    rows.emplace_back("token_meta_" + std::string(key.as_text()), gotemplate::to_text(value));
  }
}

/// `2026-11-26T04:08:53Z` as Go prints a time: `2026-11-26 04:08:53 +0000 UTC`; other texts as they are.
std::string go_time_text(std::string text) {
  if (text.size() < 20 || text[10] != 'T' || !text.ends_with('Z')) return text;
  text[10] = ' ';
  text.pop_back();
  return text + " +0000 UTC";
}

void add_wrap_rows(const Value& wrap, TableRows& rows) {
  rows.emplace_back("wrapping_token:", text_of(member_of(wrap, "token")));
  rows.emplace_back("wrapping_accessor:", text_of(member_of(wrap, "accessor")));
  rows.emplace_back("wrapping_token_ttl:", short_duration(number_of(member_of(wrap, "ttl"))));
  rows.emplace_back("wrapping_token_creation_time:", go_time_text(text_of(member_of(wrap, "creation_time"))));
  rows.emplace_back("wrapping_token_creation_path:", text_of(member_of(wrap, "creation_path")));
  const std::string wrapped = text_of(member_of(wrap, "wrapped_accessor"));
  if (!wrapped.empty()) rows.emplace_back("wrapped_accessor:", wrapped);
}

/// What stands above the data.
TableRows envelope_rows(const Value& secret) {
  TableRows rows;
  const std::int64_t seconds = number_of(member_of(secret, "lease_duration"));
  const std::string lease = text_of(member_of(secret, "lease_id"));
  if (!lease.empty()) {
    rows.emplace_back("lease_id", lease);
    rows.emplace_back("lease_duration", short_duration(seconds));
    rows.emplace_back("lease_renewable", text_of(member_of(secret, "renewable")));
  } else if (seconds > 0) {
    // compat: a plain secret has no lease; its duration is the interval after which to read it again
    rows.emplace_back("refresh_interval", short_duration(seconds));
  }
  if (const Value* auth = member_of(secret, "auth")) add_auth_rows(*auth, rows);
  if (const Value* wrap = member_of(secret, "wrap_info")) add_wrap_rows(*wrap, rows);
  return rows;
}

/// compat: alone, a duration of the table is the server's number of seconds; null for other fields
const Value* seconds_behind(const Value& secret, std::string_view field) {
  const auto inside = [&](std::string_view outer, std::string_view inner) {
    const Value* block = member_of(secret, outer);
    return block == nullptr ? nullptr : member_of(*block, inner);
  };
  if (field == "lease_duration" || field == "refresh_interval") return member_of(secret, "lease_duration");
  if (field == "token_duration") return inside("auth", "lease_duration");
  if (field == "wrapping_token_ttl") return inside("wrap_info", "ttl");
  return nullptr;
}

Error no_field(const std::string& field) { return invalid("Field " + go_quote(field) + " not present in secret"); }

Result<std::string> shown(const Value& value, OutputFormat format) {
  switch (format) {
    case OutputFormat::Json:
      return pretty_json(value);
    case OutputFormat::Yaml:
      return gofuncs::to_yaml(value);
    case OutputFormat::Table:
    case OutputFormat::Raw:
      break;
  }
  return gotemplate::to_text(value);
}

Result<std::string> field_of(const Value& data, const OutputSettings& settings) {
  const Value* found = member_of(data, settings.field);
  if (found == nullptr) return no_field(settings.field);
  return shown(*found, settings.format);
}

struct Member {
  std::string_view name;
  bool optional;
  std::string_view empty;
};

/// The members of `auth` and `wrap_info` that Vault names first, in its order; others follow.
constexpr std::string_view kInnerOrder[] = {
    "client_token", "token",          "accessor",  "policies",      "token_policies", "identity_policies", "metadata",
    "orphan",       "entity_id",      "ttl",       "creation_time", "creation_path",  "wrapped_accessor",  "lease_duration",
    "renewable",    "mfa_requirement"};

/// Also a member that is null.
const Value* raw_member_of(const Value& map, std::string_view name) {
  for (const auto& [key, value] : map.entries()) {
    if (key.as_text() == name) return &value;
  }
  return nullptr;
}

std::string ordered_json(const Value& map, std::span<const std::string_view> order, int depth) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  std::string out = "{";
  const auto add = [&](std::string_view name, const Value& value) {
    if (out.size() > 1) out += ',';
    out.append("\n").append(indent).append("  \"").append(name).append("\": ");
    append_pretty_json(out, value, depth + 1);
  };
  for (const std::string_view name : order) {
    if (const Value* found = raw_member_of(map, name)) add(name, *found);
  }
  for (const auto& [key, value] : map.entries()) {
    if (std::ranges::find(order, key.as_text()) == order.end()) add(key.as_text(), value);
  }
  return out + "\n" + indent + "}";
}

constexpr std::array<Member, 9> kMembers = {{{"request_id", false, "\"\""},
                                                    {"lease_id", false, "\"\""},
                                                    {"lease_duration", false, "0"},
                                                    {"renewable", false, "false"},
                                                    {"data", false, "null"},
                                                    {"warnings", false, "null"},
                                                    {"auth", true, ""},
                                                    {"wrap_info", true, ""},
                                                    {"mount_type", true, ""}}};

/// The envelope in the order of the peer's structure; members that it leaves out when empty are left out.
std::string envelope_json(const Value& secret) {
  std::string out = "{";
  for (const Member& member : kMembers) {
    const Value* value = member_of(secret, member.name);
    if (value == nullptr && member.optional) continue;
    if (out.size() > 1) out += ',';
    out.append("\n  \"").append(member.name).append("\": ");
    if (value == nullptr) {
      out += member.empty;
    } else if (member.optional && value->kind() == Kind::Map) {
      out += ordered_json(*value, kInnerOrder, 1);
    } else {
      append_pretty_json(out, *value, 1);
    }
  }
  return out + "\n}\n";
}

/// The same members, by name.
Result<std::string> envelope_yaml(const Value& secret) {
  const Value all = Value::map();
  for (const Member& member : kMembers) {
    if (const Value* value = member_of(secret, member.name)) {
      all.set(std::string(member.name), *value);
    } else if (!member.optional) {
      const auto empty = parse_json_value(member.empty);
      if (!empty) return empty.error();
      all.set(std::string(member.name), *empty);
    }
  }
  return gofuncs::to_yaml(all);
}

/// `====== Data ======`, as wide as the table below it.
std::string heading(std::string_view title, std::size_t width) {
  const std::size_t words = title.size() + 2;
  const std::string side(width > words ? (width - words + 1) / 2 : 2, '=');
  return side + " " + std::string(title) + " " + side + "\n";
}

std::string headed_table(std::string_view title, const TableRows& rows) {
  std::size_t key = 0;
  for (const auto& row : rows) key = std::max(key, width_of(row.first));
  return heading(title, key + kGap + std::string_view("Value").size()) + key_value_table(rows);
}

std::string wrapped_warning(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (const std::string& word : split(text, ' ')) {
    if (column > 0 && column + 1 + word.size() > kWarningWidth) {
      out += "\n  ";
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

}  // namespace

Result<OutputFormat> parse_output_format(std::string_view text) {
  const std::string lower = to_lower(text);
  if (lower.empty() || lower == "table") return OutputFormat::Table;
  if (lower == "json") return OutputFormat::Json;
  if (lower == "yaml" || lower == "yml") return OutputFormat::Yaml;
  if (lower == "raw") return OutputFormat::Raw;
  return invalid("Invalid output format: " + std::string(text));
}

std::string key_value_table(const TableRows& rows) {
  TableRows all = {{"Key", "Value"}, {"---", "-----"}};
  all.insert(all.end(), rows.begin(), rows.end());
  std::size_t width = 0;
  for (const auto& row : all) width = std::max(width, width_of(row.first));
  std::string out;
  for (const auto& [key, value] : all) {
    out.append(key).append(width - width_of(key) + kGap, ' ').append(value.empty() ? "n/a" : value).append("\n");
  }
  return out;
}

std::string short_duration(std::int64_t seconds) {
  std::string text = format_duration(std::chrono::seconds(seconds));
  for (const auto& [ending, zero] : {std::pair("m0s", "0s"), std::pair("h0m", "0m")}) {
    if (text.ends_with(ending)) text.resize(text.size() - std::string_view(zero).size());
  }
  return text;
}

TableRows data_rows(const Value& data) {
  TableRows rows;
  if (data.kind() != Kind::Map) return rows;
  for (const auto& [key, value] : data.entries()) {
    const std::string name(key.as_text());
    const bool seconds = means_duration(name) && value.is(gotemplate::kNumber);
    const auto number = parse_int(gotemplate::to_text(value));
    rows.emplace_back(name, seconds && number ? short_duration(*number) : gotemplate::to_text(value));
  }
  return rows;
}

Result<std::string> show_secret(const Value& secret, const OutputSettings& settings) {
  const Value* data = member_of(secret, "data");
  TableRows rows = envelope_rows(secret);
  if (!settings.field.empty()) {
    for (const auto& [key, value] : rows) {
      if (key != settings.field && key != settings.field + ":") continue;
      if (const Value* number = seconds_behind(secret, settings.field)) return shown(*number, settings.format);
      return shown(Value::string(value), settings.format);
    }
    // compat: of a KV v2 secret that is its content, not its envelope
    const bool whole = settings.field == "data" && data != nullptr && member_of(*data, "data") == nullptr;
    if (whole) return shown(*data, settings.format);
    return field_of(data == nullptr ? Value() : *data, settings);
  }
  if (settings.format == OutputFormat::Json) return envelope_json(secret);
  if (settings.format == OutputFormat::Yaml) return envelope_yaml(secret);
  if (data != nullptr) {
    const TableRows more = data_rows(*data);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows.empty() ? std::string() : key_value_table(rows);
}

Result<std::string> show_kv(const Value& secret, const KvPlace& place, const OutputSettings& settings) {
  if (!place.version2) {
    if (!settings.field.empty() || settings.format != OutputFormat::Table) return show_secret(secret, settings);
    const Value* data = member_of(secret, "data");
    return headed_table("Data", data_rows(data == nullptr ? Value() : *data));
  }
  const Value* outer = member_of(secret, "data");
  const Value* data = outer == nullptr ? nullptr : member_of(*outer, "data");
  if (!settings.field.empty()) return field_of(data == nullptr ? Value() : *data, settings);
  if (settings.format == OutputFormat::Json) return envelope_json(secret);
  if (settings.format == OutputFormat::Yaml) return envelope_yaml(secret);
  std::string out = heading("Secret Path", place.path.size()) + place.path + "\n\n";
  if (const Value* metadata = outer == nullptr ? nullptr : member_of(*outer, "metadata")) {
    out += headed_table("Metadata", data_rows(*metadata)) + "\n";
  }
  if (data != nullptr) out += headed_table("Data", data_rows(*data));
  return out;
}

namespace {

struct StatusRow {
  std::string_view name;
  std::string_view member;
};
constexpr StatusRow kSealRows[] = {{"Seal Type", "type"},   {"Initialized", "initialized"}, {"Sealed", "sealed"},
                                   {"Total Shares", "n"},   {"Threshold", "t"},             {"Unseal Progress", "progress"},
                                   {"Unseal Nonce", "nonce"}, {"Version", "version"},         {"Build Date", "build_date"},
                                   {"Storage Type", "storage_type"}, {"Cluster Name", "cluster_name"},
                                   {"Cluster ID", "cluster_id"}};

TableRows status_rows(const Value& seal, const Value& leader) {
  TableRows rows;
  const bool sealed = text_of(member_of(seal, "sealed")) == "true";
  for (const StatusRow& row : kSealRows) {
    const bool of_unsealing = row.name.starts_with("Unseal");
    const Value* found = member_of(seal, row.member);
    if ((of_unsealing && !sealed) || (!of_unsealing && found == nullptr)) continue;
    std::string value = text_of(found);
    if (row.member == "progress") value += "/" + text_of(member_of(seal, "t"));
    rows.emplace_back(row.name, std::move(value));
  }
  const std::string ha = text_of(member_of(leader, "ha_enabled"));
  rows.emplace_back("HA Enabled", ha.empty() ? "false" : ha);
  if (ha != "true" || sealed) return rows;
  const bool is_self = text_of(member_of(leader, "is_self")) == "true";
  rows.emplace_back("HA Cluster", text_of(member_of(leader, "leader_cluster_address")));
  rows.emplace_back("HA Mode", is_self ? "active" : "standby");
  if (is_self) rows.emplace_back("Active Since", text_of(member_of(leader, "active_time")));
  if (!is_self) rows.emplace_back("Active Node Address", text_of(member_of(leader, "leader_address")));
  return rows;
}

constexpr std::array<std::string_view, 17> kStatusOrder = {
    "type",      "initialized",  "sealed",     "t",             "n",            "progress",   "nonce",       "version",
    "build_date", "commit_date", "migration",    "cluster_name", "cluster_id",  "recovery_seal", "storage_type", "ha_enabled", "active_time"};

}  // namespace

Result<std::string> show_status(const Value& seal, const Value& leader, const OutputSettings& settings) {
  if (seal.kind() != Kind::Map) return invalid("the server's answer is no seal status");
  const Value both = gotemplate::deep_copy(seal);
  both.set("ha_enabled", Value::boolean(text_of(member_of(leader, "ha_enabled")) == "true"));
  if (const Value* since = member_of(leader, "active_time")) both.set("active_time", *since);
  if (!settings.field.empty()) return field_of(both, settings);
  if (settings.format == OutputFormat::Json) return ordered_json(both, kStatusOrder, 0) + "\n";
  if (settings.format == OutputFormat::Yaml) return gofuncs::to_yaml(both);
  return key_value_table(status_rows(seal, leader));
}

std::string warnings_text(const Value& secret) {
  const Value* warnings = member_of(secret, "warnings");
  if (warnings == nullptr || warnings->kind() != Kind::List || warnings->items().empty()) return "";
  std::string out = "WARNING! The following warnings were returned from Vault:\n\n";
  for (const Value& warning : warnings->items()) {
    out += "  " + wrapped_warning("* " + gotemplate::to_text(warning)) + "\n\n";
  }
  return out;
}

}  // namespace leasehold::agent
