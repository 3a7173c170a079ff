// The public door of the parsers: picks the dialect, turns SyntaxError into Error.
#include "leasehold/hcl/parser.h"

#include "leasehold/base/text.h"
#include "parsers.h"

namespace leasehold::hcl {

bool looks_like_json(std::string_view text) {
  // Go's unicode.IsSpace
  static constexpr char32_t kSpaces[] = {U' ',   U'\t',  U'\n',  U'\v',  U'\f',  U'\r',  0x85,
                                         0xA0,   0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  for (;;) {  // ends with the text at the latest
    const Decoded first = decode_utf8(text);
    bool space = first.character >= 0x2000 && first.character <= 0x200A;
    for (const char32_t candidate : kSpaces) space = space || first.character == candidate;
    if (!space || first.size == 0) return first.character == U'{';
    text.remove_prefix(first.size);
  }
}

Node literal_node(const Token& token, Dialect dialect) {
  Node node;
  node.at = token.at;
  switch (token.type) {
    case TokenType::Number: node.literal = LiteralKind::Number; break;
    case TokenType::Float: node.literal = LiteralKind::Float; break;
    case TokenType::Bool: node.literal = LiteralKind::Bool; break;
    case TokenType::Heredoc:
      node.literal = LiteralKind::Heredoc;
      node.text = heredoc_content(token.text);
      return node;
    case TokenType::Null: return node;  // compat: an empty string, golden/hcl/155-json-null
    default:
      if (!unquote(token.text, dialect, node.text)) throw error_at(token.at, "illegal char escape");
      return node;
  }
  node.text = token.text;
  return node;
}

Key key_of(const Token& token, Dialect dialect) {
  Key key;
  key.at = token.at;
  key.quoted = token.type == TokenType::String;
  if (!key.quoted) {
    key.name = token.text;
  } else if (!unquote(token.text, dialect, key.name)) {
    throw error_at(token.at, "illegal char escape");
  }
  return key;
}

Result<Document> parse(std::string_view text, const ParseOptions& options) {
  try {
    if (looks_like_json(text)) return parse_json(text);
    // The scanner knows \n alone; CR by itself is a blank.
    return parse_hcl(replace_all(std::string(text), "\r\n", "\n"), options.repeated_keys);
  } catch (const SyntaxError& error) {
    if (options.error_at != nullptr) *options.error_at = error.at;
    return invalid(error.message);
  }
}

}  // namespace leasehold::hcl
