// Manifests as people write them: YAML text to documents and back. Pure. Scalars mean what the API
// server's reader takes them for (YAML 1.1: `no` is false, 0644 is 420).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "leasehold/base/result.h"

namespace leasehold::injector {

/// Members stay in the order in which they were written.
using Manifest = nlohmann::ordered_json;

/// The text's documents, each with its own `---` line and the comments before it. Joined they are
/// the text again.
std::vector<std::string> split_documents(std::string_view text);

/// A type of its own, because anything converts to and from JSON.
struct Document {
  Manifest content;  ///< null when there is none (only comments)
};
/// The document of one such piece.
/// Error (Invalid): what is wrong and in which line of the piece.
Result<Document> parse_document(std::string_view piece);

/// The lines of a piece that stand before its content: comments and `---`.
std::string head_of(std::string_view piece);

/// Block style, lists at the indentation of their key, as kubectl writes it. Ends with a line feed.
std::string to_yaml(const Manifest& value);

}  // namespace leasehold::injector
