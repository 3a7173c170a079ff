// A streaming JSON parser that hands out the text of numbers, for Vault bodies: json.Number keeps
// its spelling ("1.0", "-0", "1e999"), and what holds secrets is not kept in a tree.
#pragma once

#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::json {

/// Receives the document in order. Views are valid during the call only. Returning false stops the
/// parse with the error `stopped`.
class Visitor {
 public:
  Visitor() = default;
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  virtual ~Visitor() = default;
  virtual bool null_value() = 0;
  virtual bool boolean(bool value) = 0;
  /// The literal as it stands in the document.
  virtual bool number(std::string_view literal) = 0;
  virtual bool string(std::string_view value) = 0;
  virtual bool key(std::string_view name) = 0;
  virtual bool begin_object() = 0;
  virtual bool end_object() = 0;
  virtual bool begin_array() = 0;
  virtual bool end_array() = 0;
};

/// Parses exactly one document (white space around it is fine). Depth at most
/// limits::kJsonDepthMax. Error: Invalid, with the byte offset and never with content.
Result<void> read(std::string_view text, Visitor& visitor);

}  // namespace leasehold::json
