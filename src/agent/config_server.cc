// Blocks of the server that a shared file may hold: seal, kms, hsm, user_lockout, and a listener's response
// headers. They change nothing in an agent, but the replaced program refuses wrong ones, and so a file that
// it refuses is not accepted here either.
#include "config_tables.h"

#include <algorithm>
#include <array>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent::config {
namespace {

struct SealBlock {
  std::string_view name;
  std::size_t most;
};
// In the peer's order.
constexpr std::array<SealBlock, 3> kSealBlocks = {{{"hsm", 2}, {"seal", 3}, {"kms", 3}}};

/// What a text may be given as: words and numbers.
void require_text(const hcl::Value& value) {
  const bool list = std::holds_alternative<hcl::List>(value.data) || std::holds_alternative<hcl::Blocks>(value.data) ||
                    std::holds_alternative<hcl::Map>(value.data);
  if (!list) return;
  throw ConfigError{"'' expected type 'string', got unconvertible type '" + std::string(value.type_name()) + "', value: '" +
                    go_text(value) + "'"};
}

void read_seal(const FileContext& file, const hcl::ItemView& item, const std::string& block) {
  const std::string kind = item.key_count() > 0 ? item.key(0).name : block;
  in_block(block + "." + kind + ": ", [&] {
    const hcl::Map map = Cell(file, "root", {&item.value(), {}}).map();
    for (const auto& [key, value] : map) {
      if (key == "disabled") (void)lenient_bool_of(value);
    }
    for (const auto& [key, value] : map) {
      if (key != "disabled" && key != "purpose") require_text(value);
    }
  });
}

/// One block user_lockout while it is read.
struct Lockout {
  std::string type;
  hcl::Value threshold;
  hcl::Value duration;
  hcl::Value counter_reset;
  hcl::Value disabled;
};
const Row<Lockout> kLockoutRows[] = {
    {"type", "text", "the label", "all, userpass, ldap or approle", [](const Cell& c, Lockout& l) { l.type = c.text(); }, true, "Type"},
    {"lockout_threshold", "int", "", "", [](const Cell& c, Lockout& l) { l.threshold = c.any(); }},
    {"lockout_duration", "duration", "", "", [](const Cell& c, Lockout& l) { l.duration = c.any(); }},
    {"lockout_counter_reset", "duration", "", "", [](const Cell& c, Lockout& l) { l.counter_reset = c.any(); }},
    {"disable_lockout", "bool", "", "", [](const Cell& c, Lockout& l) { l.disabled = c.any(); }},
};

void check_threshold(const hcl::Value& value) {
  if (!is_given(value)) return;
  const std::string text = go_text(value);
  if (const auto number = parse_uint(text); !number) throw ConfigError{"error parsing lockout_threshold: " + number.error().message};
}

void check_not_negative(const std::string& key, const hcl::Value& value) {
  if (!is_given(value)) return;
  std::chrono::nanoseconds duration{};
  in_block("error parsing " + key + ": ", [&] { duration = duration_of(value); });
  if (duration.count() < 0) throw ConfigError{key + " cannot be negative"};
}

void check_lockout_type(const hcl::ItemView& item, Lockout& lockout) {
  if (lockout.type.empty() && item.key_count() == 1) lockout.type = item.key(0).name;
  if (lockout.type.empty()) {
    // compat: with the blank at its end
    throw ConfigError{"auth type for user lockout must be specified, if it applies to all auth methods specify \"all\" "};
  }
  const std::string type = to_lower(lockout.type);
  for (const std::string_view known : {"all", "ldap", "approle", "userpass"}) {
    if (type == known) return;
  }
  throw ConfigError{"unsupported auth type " + go_quote(type)};
}

void read_lockout(const FileContext& file, const hcl::ItemView& item, const std::string& number) {
  Lockout lockout;
  in_block("userLockouts." + number + ": ",
           [&] { read_block<Lockout>(file, "root", {&item.value(), {}}, kLockoutRows, lockout); });
  in_block("user_lockouts." + number + ": ", [&] { check_lockout_type(item, lockout); });
  in_block("user_lockouts." + number + " ", [&] {
    check_threshold(lockout.threshold);
    check_not_negative("lockout_duration", lockout.duration);
    check_not_negative("lockout_counter_reset", lockout.counter_reset);
    if (is_given(lockout.disabled)) in_block("invalid value for disable_lockout: ", [&] { (void)lenient_bool_of(lockout.disabled); });
  });
}

constexpr const char* kNoMaps = "response headers were not configured correctly. please make sure they're in a slice of maps";

bool is_status(const std::string& text) {
  for (const std::string_view word : {"default", "1xx", "2xx", "3xx", "4xx", "5xx"}) {
    if (text == word) return true;
  }
  const auto number = parse_int(text);
  return number && *number >= 100 && *number < 600;
}

void check_header_values(const hcl::Value& values) {
  const auto* list = std::get_if<hcl::List>(&values.data);
  if (list == nullptr) throw ConfigError{"headers must be given in a list of strings"};
  for (const hcl::Value& value : list->elements) {
    if (!std::holds_alternative<std::string>(value.data)) throw ConfigError{"found a non-string header value: " + go_text(value)};
  }
}

}  // namespace

void check_response_headers(const hcl::Value& value) {
  const auto* blocks = std::get_if<hcl::Blocks>(&value.data);
  if (blocks == nullptr) throw ConfigError{kNoMaps};
  for (const hcl::Map& map : blocks->maps) {
    for (const auto& [status, headers] : map) {
      const auto* fields = std::get_if<hcl::Blocks>(&headers.data);
      if (fields == nullptr) throw ConfigError{kNoMaps};
      if (!is_status(status)) throw ConfigError{"invalid status code found in the server configuration: " + status};
      if (fields->maps.size() != 1) throw ConfigError{"invalid number of response headers exist"};
      for (const auto& [name, values] : fields->maps.front()) check_header_values(values);
    }
  }
}

void check_seals(const FileContext& file, const hcl::Selection& top) {
  for (const SealBlock& block : kSealBlocks) {
    const std::string name(block.name);
    const hcl::Selection found = hcl::select(top, name);
    in_block("error parsing '" + name + "': ", [&] {
      if (found.size() > block.most) throw ConfigError{"only two or less " + go_quote(name) + " blocks are permitted"};
      for (const hcl::ItemView& item : found) read_seal(file, item, name);
    });
  }
}

void check_user_lockouts(const FileContext& file, const hcl::Selection& top) {
  std::size_t number = 0;
  for (const hcl::ItemView& item : hcl::select(top, "user_lockout")) read_lockout(file, item, std::to_string(number++));
}

}  // namespace leasehold::agent::config
