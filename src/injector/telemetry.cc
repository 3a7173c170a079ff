// The typed record of the agent's telemetry, as a table.
#include "telemetry.h"

#include <array>
#include <cmath>
#include <vector>

#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include "json_text.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

namespace bj = boost::json;

enum class Kind { Text, Integer, Flag, TextList };
struct Row {
  std::string_view name;
  Kind kind;
};
constexpr std::array kRows{
    Row{"usage_gauge_period", Kind::Text},
    Row{"maximum_gauge_cardinality", Kind::Integer},
    Row{"disable_hostname", Kind::Flag},
    Row{"enable_hostname_label", Kind::Flag},
    Row{"lease_metrics_epsilon", Kind::Text},
    Row{"num_lease_metrics_buckets", Kind::Integer},
    Row{"add_lease_metrics_namespace_labels", Kind::Flag},
    Row{"filter_default", Kind::Flag},
    Row{"prefix_filter", Kind::TextList},
    Row{"statsite_address", Kind::Text},
    Row{"statsd_address", Kind::Text},
    Row{"circonus_api_token", Kind::Text},
    Row{"circonus_api_app", Kind::Text},
    Row{"circonus_api_url", Kind::Text},
    Row{"circonus_submission_interval", Kind::Text},
    Row{"circonus_submission_url", Kind::Text},
    Row{"circonus_check_id", Kind::Text},
    Row{"circonus_check_force_metric_activation", Kind::Flag},
    Row{"circonus_check_instance_id", Kind::Text},
    Row{"circonus_check_search_tag", Kind::Text},
    Row{"circonus_check_display_name", Kind::Text},
    Row{"circonus_check_tags", Kind::Text},
    Row{"circonus_broker_id", Kind::Text},
    Row{"circonus_broker_select_tag", Kind::Text},
    Row{"dogstatsd_addr", Kind::Text},
    Row{"dogstatsd_tags", Kind::TextList},
    Row{"prometheus_retention_time", Kind::Text},
    Row{"stackdriver_project_id", Kind::Text},
    Row{"stackdriver_location", Kind::Text},
    Row{"stackdriver_namespace", Kind::Text},
    Row{"stackdriver_debug_logs", Kind::Flag},
};

/// The value's JSON, or the value itself as a JSON string when it is none.
bj::value interpret(std::string_view text) {
  bj::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  options.allow_invalid_utf8 = true;
  bj::parser parser({}, options);
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return bj::value(bj::string_view(text.data(), text.size()));
  bj::value value = parser.release();
  // Go refuses numbers beyond a double, and takes the text instead.
  if (value.is_double() && !std::isfinite(value.get_double()))
    return bj::value(bj::string_view(text.data(), text.size()));
  return value;
}

/// Each writes the member unless it is zero; false: wrong type.
bool put_text(JsonText& out, std::string_view name, const bj::value& value) {
  if (!value.is_string()) return false;
  out.member_unless_empty(name, std::string_view(value.get_string()));
  return true;
}

bool put_integer(JsonText& out, std::string_view name, const bj::value& value) {
  if (!value.is_number()) return false;
  // Through a double, as the replaced program does: 2^63-1 becomes 2^63 and no longer fits.
  const auto number = value.to_number<double>();
  constexpr double kTwo63 = 9223372036854775808.0;
  if (std::trunc(number) != number || number >= kTwo63 || number < -kTwo63) return false;
  const auto whole = static_cast<std::int64_t>(number);
  if (whole != 0) out.key(name).number(whole);
  return true;
}

bool put_flag(JsonText& out, std::string_view name, const bj::value& value) {
  if (!value.is_bool()) return false;
  out.flag_if(name, value.get_bool());
  return true;
}

bool put_list(JsonText& out, std::string_view name, const bj::value& value) {
  if (!value.is_array()) return false;
  for (const bj::value& item : value.get_array()) {
    if (!item.is_string() && !item.is_null()) return false;
  }
  if (value.get_array().empty()) return true;
  out.key(name).open('[');
  for (const bj::value& item : value.get_array()) {
    out.string(item.is_null() ? std::string_view() : std::string_view(item.get_string()));
  }
  out.close(']');
  return true;
}

bool put(JsonText& out, const Row& row, const bj::value& value) {
  if (value.is_null()) return true;  // zero value, left out
  switch (row.kind) {
    case Kind::Text:
      return put_text(out, row.name, value);
    case Kind::Integer:
      return put_integer(out, row.name, value);
    case Kind::Flag:
      return put_flag(out, row.name, value);
    case Kind::TextList:
      return put_list(out, row.name, value);
  }
  return false;
}

}  // namespace

TelemetryStanza read_telemetry(const Parameters& parameters) {
  if (parameters.empty()) return {};
  std::map<std::string, std::string_view, std::less<>> lower;
  for (const auto& [name, value] : parameters) lower[to_lower(name)] = value;
  JsonText out;
  out.open('{');
  for (const Row& row : kRows) {
    const auto given = lower.find(row.name);
    if (given == lower.end()) continue;
    if (!put(out, row, interpret(given->second))) return {std::nullopt, true};
  }
  out.close('}');
  return {out.take(), false};
}

}  // namespace leasehold::injector
