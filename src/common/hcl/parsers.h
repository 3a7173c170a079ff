// The two parsers behind parse(). They unwind with SyntaxError, which parser.cc turns into an Error.
#pragma once

#include <string>
#include <utility>

#include "leasehold/base/limits.h"
#include "leasehold/hcl/parser.h"
#include "token.h"

namespace leasehold::hcl {

struct SyntaxError {
  std::string message;  ///< complete, as the peer prints it
  Position at;
};

/// `At 3:2: what`
inline SyntaxError error_at(const Position& at, const std::string& what) {
  return {"At " + at.str() + ": " + what, at};
}

/// Makes a literal node of a token of either dialect. Throws SyntaxError on an escape that slipped
/// through the lexer.
Node literal_node(const Token& token, Dialect dialect);
Key key_of(const Token& token, Dialect dialect);

Document parse_hcl(std::string_view text, RepeatedKeys repeated_keys);
Document parse_json(std::string_view text);

}  // namespace leasehold::hcl
