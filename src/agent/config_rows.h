// Blocks of a configuration as tables of rows. One row says all about a key: from the same rows come
// parsing, unknown-key warnings and docs/agent-configuration.md. How a block is decoded, and what is
// said when that fails, is the peer's (spec/agent.md 3.2 to 3.4).
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config.h"
#include "leasehold/hcl/tree.h"
#include "leasehold/hcl/value.h"

namespace leasehold::agent::config {

/// Private to the reader: thrown by cells, caught in parse_config(), which makes an Error of it.
struct ConfigError {
  std::string message;
};

/// What the reader knows of the file that it is in.
struct FileContext {
  const std::string& name;
  hcl::PositionStyle style;
  std::vector<ConfigWarning>& warnings;

  /// `agent.hcl:3:14: what`
  void warn(ConfigWarning::Kind kind, const hcl::Position& at, const std::string& what) const;
};

/// The value of one key, on its way into a struct. Each reader throws ConfigError in the peer's words.
class Cell {
 public:
  Cell(const FileContext& file, std::string path, hcl::Source source, std::span<const hcl::Source> earlier = {})
      : file_(file), path_(std::move(path)), source_(std::move(source)), earlier_(earlier) {}

  [[nodiscard]] std::string text() const;
  /// The bare words true and false alone.
  [[nodiscard]] bool strict_bool() const;
  /// Also "true", 1, "1", "t".
  [[nodiscard]] bool lenient_bool() const;
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] double real() const;
  [[nodiscard]] std::vector<std::string> texts() const;
  /// "90s", "2d", 90 and "90" (seconds).
  [[nodiscard]] std::chrono::nanoseconds duration() const;
  [[nodiscard]] hcl::Value any() const;
  [[nodiscard]] hcl::Map map() const;

  [[nodiscard]] const hcl::Source& source() const { return source_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const FileContext& file() const { return file_; }

 private:
  [[noreturn]] void fail(const std::string& what) const;
  [[nodiscard]] const hcl::Node* literal() const;
  void decode_all(hcl::Value& value) const;

  const FileContext& file_;
  std::string path_;
  hcl::Source source_;
  /// What the same key was given before, in the same block; any() and map() build upon it.
  std::span<const hcl::Source> earlier_;
};

/// The peer reads a block twice; the first time only types are checked.
enum class Pass { Types, Values };

template <class T>
struct Row {
  std::string_view name;
  std::string_view type;      ///< for the documentation: text, bool, duration, ...
  std::string_view fallback;  ///< the value without the key, for the documentation
  std::string_view help;
  /// Null: a block or key that somebody else reads.
  void (*store)(const Cell& cell, T& out) = nullptr;
  /// False: the peer takes any type here and complains later, in Pass::Values.
  bool typed = true;
  /// The name in the peer's messages when it is not the key.
  std::string_view message_name = {};
  /// Vault's version that brought the key, or `leasehold`; "" = older than 1.13 or not known.
  std::string_view since = {};
};

/// For keys that only have to be of the right type.
template <class T>
void text_only(const Cell& cell, T& /*out*/) {
  (void)cell.text();
}
template <class T>
void bool_only(const Cell& cell, T& /*out*/) {
  (void)cell.strict_bool();
}
template <class T>
void int_only(const Cell& cell, T& /*out*/) {
  (void)cell.integer();
}
template <class T>
void texts_only(const Cell& cell, T& /*out*/) {
  (void)cell.texts();
}

/// The type of a row that is only there because the peer wants a certain shape of what it does not read.
inline constexpr std::string_view kIgnored = "ignored";

/// A row without its types, for warnings and documentation.
struct KeyInfo {
  std::string_view name;
  std::string_view type;
  std::string_view fallback;
  std::string_view help;
  std::string_view since;
};

template <class T>
std::vector<KeyInfo> keys_of(std::span<const Row<T>> rows) {
  std::vector<KeyInfo> keys;
  for (const Row<T>& row : rows) keys.push_back({row.name, row.type, row.fallback, row.help, row.since});
  return keys;
}

/// The items of a block; throws `path: not an object type for struct (...)`.
hcl::Selection block_items(const FileContext& file, const std::string& path, const hcl::Source& source);

/// Warns of each key that no row knows, with the nearest one that does.
void warn_unknown(const FileContext& file, std::string_view block, const hcl::Selection& items,
                  const std::vector<KeyInfo>& known);

/// Warns of each `key = value` of HCL whose key the same object has already, anywhere below node.
void warn_repeated(const FileContext& file, const hcl::Node& node);

/// An object without labels counts as its items, as with the peer: it shows in positions.
inline hcl::Source source_of(const hcl::ItemView& item) {
  if (item.value().kind == hcl::NodeKind::Object) return {nullptr, hcl::items_of(item.value())};
  return {&item.value(), {}};
}

template <class T>
void read_row(const FileContext& file, const std::string& path, const Row<T>& row, const hcl::Selection& items, T& out,
              Pass pass) {
  const hcl::Selection found = hcl::select(items, row.name);
  if (found.empty()) return;
  const std::string name = path + "." + std::string(row.message_name.empty() ? row.name : row.message_name);
  std::vector<hcl::Source> sources;
  const hcl::Selection labelled = hcl::labelled(found);
  if (!labelled.empty()) sources.push_back({nullptr, labelled});
  for (const hcl::ItemView& item : hcl::unlabelled(found)) sources.push_back(source_of(item));
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Cell cell(file, name, sources[i], std::span(sources).first(i));
    if (pass == Pass::Types && !row.typed) {
      (void)cell.any();
    } else if (row.typed || i + 1 == sources.size()) {
      row.store(cell, out);
    }
  }
}

/// Reads one block into out. path stands in messages: `root`, `root.vault`.
template <class T>
void read_block(const FileContext& file, const std::string& path, const hcl::Source& source,
                std::span<const Row<T>> rows, T& out, Pass pass = Pass::Values) {
  const hcl::Selection items = block_items(file, path, source);
  for (const Row<T>& row : rows) {
    if (row.store != nullptr) read_row(file, path, row, items, out, pass);
  }
}

/// False: the key was not there.
inline bool is_given(const hcl::Value& value) { return !std::holds_alternative<std::monostate>(value.data); }
/// Vault's parseutil.ParseDurationSecond and ParseBool on decoded values.
std::chrono::nanoseconds duration_of(const hcl::Value& value);
bool lenient_bool_of(const hcl::Value& value);
/// Go's %v, for messages. What stands there is the user's own configuration, and no key that holds a secret
/// is shown so.
std::string go_text(const hcl::Value& value);

}  // namespace leasehold::agent::config
