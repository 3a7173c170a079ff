// Cells: one value of the tree as what a row wants, with the peer's words when it is something else.
#include "config_rows.h"

#include <array>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent::config {

void FileContext::warn(ConfigWarning::Kind kind, const hcl::Position& at, const std::string& what) const {
  const std::string place = at.line == 0 ? name : name + ":" + at.str();
  warnings.push_back({place + ": " + what, kind, at.line, at.column, what});
}

void Cell::fail(const std::string& what) const {
  throw ConfigError{"At " + file_.style.of(source_) + ": " + what};
}

const hcl::Node* Cell::literal() const {
  const hcl::Node* node = source_.node;
  return node != nullptr && node->kind == hcl::NodeKind::Literal ? node : nullptr;
}

std::string Cell::text() const {
  const hcl::Node* node = literal();
  if (node != nullptr && node->literal != hcl::LiteralKind::Bool && node->literal != hcl::LiteralKind::Float) {
    return node->text;
  }
  fail(path_ + ": unknown type for string " + std::string(source_.type_name()));
}

bool Cell::strict_bool() const {
  const hcl::Node* node = literal();
  if (node != nullptr && node->literal == hcl::LiteralKind::Bool) return node->text == "true";
  fail(path_ + ": unknown type " + std::string(source_.type_name()));
}

std::int64_t Cell::integer() const {
  const hcl::Node* node = literal();
  if (node == nullptr || (node->literal != hcl::LiteralKind::Number && node->literal != hcl::LiteralKind::String)) {
    fail(path_ + ": unknown type " + std::string(source_.type_name()));
  }
  const Result<std::int64_t> number = hcl::parse_any_int(node->text);
  if (!number) throw ConfigError{number.error().message};
  return *number;
}

double Cell::real() const {
  const hcl::Node* node = literal();
  if (node == nullptr || (node->literal != hcl::LiteralKind::Number && node->literal != hcl::LiteralKind::Float)) {
    fail(path_ + ": unknown type " + std::string(source_.type_name()));
  }
  const Result<double> number = parse_float(node->text);
  if (!number) throw ConfigError{number.error().message};
  return *number;
}

std::vector<std::string> Cell::texts() const {
  const hcl::Node* node = source_.node;
  if (node != nullptr && node->kind == hcl::NodeKind::Literal) {
    fail("unknown slice type: " + std::string(source_.type_name()));
  }
  std::vector<std::string> all;
  const auto add = [&](hcl::Source element) {
    const std::string name = path_ + "[" + std::to_string(all.size()) + "]";
    all.push_back(Cell(file_, name, std::move(element)).text());
  };
  if (node == nullptr) {
    for (const hcl::ItemView& item : source_.items) {
      const Cell element(file_, path_ + "[" + std::to_string(all.size()) + "]", {nullptr, {item}});
      element.fail(element.path_ + ": unknown type for string *ast.ObjectItem");
    }
    return all;
  }
  if (node->kind == hcl::NodeKind::Object) add({node, {}});
  for (const hcl::Node& element : node->elements) add({&element, {}});
  return all;
}

void Cell::decode_all(hcl::Value& value) const {
  for (std::size_t i = 0; i <= earlier_.size(); ++i) {
    const hcl::Source& source = i < earlier_.size() ? earlier_[i] : source_;
    const Result<void> done = hcl::decode_into(file_.style, path_, source, value);
    if (!done) throw ConfigError{done.error().message};
  }
}

hcl::Value Cell::any() const {
  hcl::Value value;
  decode_all(value);
  return value;
}

hcl::Map Cell::map() const {
  hcl::Value value{hcl::Map()};
  decode_all(value);
  return std::get<hcl::Map>(std::move(value.data));
}

bool Cell::lenient_bool() const { return lenient_bool_of(any()); }

std::chrono::nanoseconds Cell::duration() const { return duration_of(any()); }

std::chrono::nanoseconds duration_of(const hcl::Value& value) {
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  const auto seconds = [](std::int64_t count) -> std::chrono::nanoseconds {
    if (count > kSecondsMax || count < -kSecondsMax) throw ConfigError{"duration multiplication overflowed"};
    return std::chrono::seconds(count);
  };
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return seconds(*number);
  if (const auto* number = std::get_if<double>(&value.data)) {
    // compat: cut to whole seconds, 1.5 is one second
    if (!(*number < 9.2e9 && *number > -9.2e9)) throw ConfigError{"duration multiplication overflowed"};
    return seconds(static_cast<std::int64_t>(*number));
  }
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) throw ConfigError{"could not parse duration from input"};
  const Result<std::chrono::nanoseconds> duration = parse_vault_duration(*text);
  if (!duration) throw ConfigError{duration.error().message};
  return *duration;
}

namespace {

/// map[a:1 b:x]
std::string go_text(const hcl::Map& map) {
  std::string out;
  for (const auto& [key, value] : map) out += (out.empty() ? "" : " ") + key + ":" + config::go_text(value);
  return "map[" + out + "]";
}

struct GoText {
  std::string operator()(std::monostate) const { return "<nil>"; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const {
    std::array<char, 32> buffer{};
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
  }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const hcl::Map& map) const { return go_text(map); }
  std::string operator()(const hcl::List& list) const {
    std::vector<std::string> parts;
    for (const hcl::Value& element : list.elements) parts.push_back(config::go_text(element));
    return "[" + join(parts, " ") + "]";
  }
  std::string operator()(const hcl::Blocks& blocks) const {
    std::vector<std::string> parts;
    for (const hcl::Map& map : blocks.maps) parts.push_back(go_text(map));
    return "[" + join(parts, " ") + "]";
  }
};

}  // namespace

std::string go_text(const hcl::Value& value) { return std::visit(GoText{}, value.data); }

bool lenient_bool_of(const hcl::Value& value) {
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag;
  std::string text;
  if (const auto* given = std::get_if<std::string>(&value.data)) {
    text = *given;
  } else if (const auto* number = std::get_if<std::int64_t>(&value.data)) {
    return *number != 0;
  } else if (const auto* real = std::get_if<double>(&value.data)) {
    return *real != 0;
  } else {
    throw ConfigError{"'' expected type 'bool', got unconvertible type '" + std::string(value.type_name()) + "', value: '" +
                      go_text(value) + "'"};
  }
  const Result<bool> flag = parse_bool_lenient(text);
  if (!flag) throw ConfigError{flag.error().message};
  return *flag;
}

hcl::Selection block_items(const FileContext& file, const std::string& path, const hcl::Source& source) {
  if (source.node == nullptr) return source.items;
  if (source.node->kind == hcl::NodeKind::Object) return hcl::items_of(*source.node);
  throw ConfigError{"At " + file.style.of(source) + ": " + path +
                    ": not an object type for struct (" + std::string(source.type_name()) + ")"};
}

void warn_unknown(const FileContext& file, std::string_view block, const hcl::Selection& items,
                  const std::vector<KeyInfo>& known) {
  std::vector<std::string_view> names;
  for (const KeyInfo& key : known) {
    if (key.type != kIgnored) names.push_back(key.name);
  }
  for (const hcl::ItemView& item : items) {
    if (item.key_count() == 0) continue;
    const std::string& name = item.key(0).name;
    const std::string lower = to_lower(name);
    const auto same = [&](std::string_view candidate) { return candidate == lower; };
    if (std::any_of(names.begin(), names.end(), same)) continue;
    const std::string_view near = nearest(lower, names);
    std::string what = "unknown key " + go_quote(name) + " in " + std::string(block) + " is ignored";
    if (!near.empty()) what += "; did you mean " + go_quote(near) + "?";
    file.warn(ConfigWarning::Kind::UnknownKey, item.key(0).at, what);
  }
}

void warn_repeated(const FileContext& file, const hcl::Node& node) {
  std::set<std::pair<bool, std::string_view>> seen;
  for (const hcl::Item& item : node.items) {
    const hcl::Key& key = item.keys.front();
    // compat: the strict parser compares spellings, so that a and "a" are two keys
    if (item.assigned && !seen.emplace(key.quoted, key.name).second) {
      file.warn(ConfigWarning::Kind::RepeatedKey, key.at,
                "key " + go_quote(key.name) + " is set twice in the same block; Vault 1.21 and later refuse that");
    }
    warn_repeated(file, item.value);
  }
  for (const hcl::Node& element : node.elements) warn_repeated(file, element);
}

}  // namespace leasehold::agent::config
