// Small text tools with Go's semantics, used by parsers, messages and tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold {

/// Go's strconv.Quote: double quotes, \a\b\f\n\r\t\v, \x.. for bytes that are no UTF-8,
/// \u.... for unprintable characters.
std::string go_quote(std::string_view text);

/// Removes ASCII blanks (space, \t \n \v \f \r) at both ends.
std::string_view trim_space(std::string_view text);
/// ASCII lower case.
std::string to_lower(std::string_view text);
/// Splits at every separator; an empty text gives one empty part, as Go's strings.Split.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);
/// True when the whole text is well-formed UTF-8.
bool is_utf8(std::string_view text);

/// Go's path.Join: joins with '/', then cleans lexically (`a//b`, `.`, `..`).
std::string path_join(std::string_view directory, std::string_view name);
/// Go's path.Clean.
std::string path_clean(std::string_view path);

/// Of the candidates the one nearest to word by edit distance (at most a third of its length), else one that
/// has word as its first or last part, or begins with it; "" when none is near. For "did you mean".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace leasehold
