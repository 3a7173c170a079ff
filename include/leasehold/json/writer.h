// Writes JSON text as Go's encoding/json does: <, >, & and U+2028/2029 as \u003c..., invalid UTF-8
// as \ufffd. Appends to any buffer with push_back and insert (std::string, SecretBytes).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "leasehold/base/secret_string.h"

namespace leasehold::json {

/// Appends text as a quoted JSON string.
void append_quoted(std::string& out, std::string_view text);
void append_quoted(SecretBytes& out, std::string_view text);
inline std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

/// Builds one flat or nested object in a wiping buffer, for request bodies that hold secrets:
///   ObjectWriter body; body.member("jwt", jwt.expose()); body.finish()
class ObjectWriter {
 public:
  ObjectWriter() { bytes_.push_back('{'); }
  ObjectWriter& member(std::string_view name, std::string_view value);
  ObjectWriter& member(std::string_view name, const char* value) { return member(name, std::string_view(value)); }
  ObjectWriter& member(std::string_view name, std::int64_t value);
  ObjectWriter& member(std::string_view name, bool value);
  /// value must be JSON text.
  ObjectWriter& raw_member(std::string_view name, std::string_view value);
  /// Closes the object; the writer is empty afterwards.
  [[nodiscard]] SecretString finish();

 private:
  void name(std::string_view name);
  SecretBytes bytes_;
};

}  // namespace leasehold::json
