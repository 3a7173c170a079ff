// HCL1 and JSON text to a tree. Accepts what hashicorp/hcl v1 accepts and refuses the rest in its
// words (golden/hcl): `At LINE:COLUMN: what was expected`.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/hcl/tree.h"

namespace leasehold::hcl {

/// What to do with a repeated `key = value` in one object.
enum class RepeatedKeys {
  Merge,   ///< all are kept, the decoder decides (hcl until 2025)
  Refuse,  ///< `The argument "a" at 2:1 was already set. ...` (Vault 1.21 and later)
};

struct ParseOptions {
  RepeatedKeys repeated_keys = RepeatedKeys::Merge;
  /// Set when parsing fails, also where the text of the peer names no position (JSON). May be null.
  Position* error_at = nullptr;
};

/// True when the first non-blank character is `{`: the peer then reads JSON, whatever the file name.
bool looks_like_json(std::string_view text);

/// Parses either form, chosen by looks_like_json().
/// Error (Invalid): the peer's text with its position. Never crashes, whatever the bytes; nesting
/// and labels are bounded by limits::kHclDepthMax.
Result<Document> parse(std::string_view text, const ParseOptions& options = {});

}  // namespace leasehold::hcl
