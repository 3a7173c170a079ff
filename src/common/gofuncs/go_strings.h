// Go's strings package where std has no match.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::gofuncs {

/// Largest text that a repeat or an indent may make.
inline constexpr std::int64_t kRepeatBytesMax = 64LL * 1024 * 1024;

/// strings.Trim: cutset is a set of runes.
std::string_view trim_runes(std::string_view text, std::string_view cutset);
/// strings.SplitN: an empty separator splits into runes; count < 0: all, 0: none.
std::vector<std::string> split_at(std::string_view text, std::string_view separator, std::int64_t count);
/// strings.ReplaceAll: an empty from matches between all runes.
std::string replace_text(std::string_view text, std::string_view from, std::string_view to);

}  // namespace leasehold::gofuncs
