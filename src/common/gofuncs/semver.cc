#include "semver.h"

#include <algorithm>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::gofuncs {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_identifier(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_numeric(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

/// identifier(.identifier)*
bool are_identifiers(std::string_view text) {
  const auto parts = split(text, '.');
  return std::ranges::all_of(parts, [](const std::string& part) {
    return !part.empty() && std::ranges::all_of(part, is_identifier);
  });
}

/// Takes digits off the front.
std::string_view take_digits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && is_digit(text[size])) ++size;
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

/// [-prerelease][+metadata] at the end of a version.
bool take_suffixes(std::string_view text, Version& version) {
  if (text.starts_with('-')) {
    const std::size_t plus = std::min(text.find('+'), text.size());
    version.prerelease = text.substr(1, plus - 1);
    if (!are_identifiers(version.prerelease)) return false;
    text.remove_prefix(plus);
  }
  if (text.starts_with('+')) {
    version.metadata = text.substr(1);
    return are_identifiers(version.metadata);
  }
  return text.empty();
}

int three_way(std::uint64_t a, std::uint64_t b) { return a < b ? -1 : (b < a ? 1 : 0); }

int compare_identifiers(const std::string& a, const std::string& b) {
  const bool number_a = is_numeric(a);
  const bool number_b = is_numeric(b);
  if (number_a && number_b) {
    if (a.size() != b.size()) return three_way(a.size(), b.size());
  } else if (number_a != number_b) {
    return number_a ? -1 : 1;
  }
  return a.compare(b);
}

int compare_prereleases(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return three_way(a.empty() ? 1 : 0, b.empty() ? 1 : 0);
  const auto parts_a = split(a, '.');
  const auto parts_b = split(b, '.');
  for (std::size_t index = 0; index < std::min(parts_a.size(), parts_b.size()); ++index) {
    if (const int order = compare_identifiers(parts_a[index], parts_b[index]); order != 0) return order;
  }
  return three_way(parts_a.size(), parts_b.size());
}

/// One comparison: operator, version and how many of its parts were given as numbers.
struct Comparison {
  std::string_view sign;
  Version version;
  int given = 0;
};

bool is_wildcard(std::string_view part) { return part == "x" || part == "X" || part == "*"; }

/// Takes one comparison off the front; nothing when it is none.
bool take_comparison(std::string_view& text, Comparison& out) {
  static constexpr std::string_view kSigns[] = {"!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"};
  for (const std::string_view sign : kSigns) {
    if (!text.starts_with(sign)) continue;
    out.sign = sign;
    text.remove_prefix(sign.size());
    break;
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::string_view word = text.substr(0, std::min(text.find_first_of(" ,"), text.size()));
  text.remove_prefix(word.size());
  if (word.starts_with('v')) word.remove_prefix(1);
  std::uint64_t* parts[] = {&out.version.major, &out.version.minor, &out.version.patch};
  bool counting = true;
  for (std::size_t index = 0; index < 3; ++index) {
    if (index > 0) {
      if (!word.starts_with('.')) break;
      word.remove_prefix(1);
    }
    if (!word.empty() && is_wildcard(word.substr(0, 1))) {
      word.remove_prefix(1);
      counting = false;
      continue;
    }
    const auto number = parse_uint(take_digits(word));
    if (!number) return false;
    if (!counting) continue;
    *parts[index] = *number;
    ++out.given;
  }
  return take_suffixes(word, out.version);
}

bool same_major(const Version& a, const Version& b) { return a.major == b.major; }
bool same_minor(const Version& a, const Version& b) { return same_major(a, b) && a.minor == b.minor; }

bool within_tilde(const Version& version, const Comparison& c) {
  if (c.given == 0) return true;
  if (compare_versions(version, c.version) < 0) return false;
  const Version& wanted = c.version;
  if (c.given == 3 && wanted.major == 0 && wanted.minor == 0 && wanted.patch == 0) return true;
  return c.given == 1 ? same_major(version, wanted) : same_minor(version, wanted);
}

bool within_caret(const Version& version, const Comparison& c) {
  if (compare_versions(version, c.version) < 0) return false;
  const Version& wanted = c.version;
  if (wanted.major > 0 || c.given == 1) return same_major(version, wanted);
  if (version.major > 0) return false;
  if (wanted.minor > 0 || c.given == 2) return version.minor == wanted.minor;
  return version.minor == 0 && version.patch == wanted.patch;
}

bool is_greater(const Version& version, const Comparison& c) {
  if (c.given == 1) return version.major > c.version.major;
  if (c.given == 2) {
    return version.major > c.version.major || (same_major(version, c.version) && version.minor > c.version.minor);
  }
  return compare_versions(version, c.version) > 0;
}

bool is_not_greater(const Version& version, const Comparison& c) {
  if (c.given == 1) return version.major <= c.version.major;
  if (c.given == 3) return compare_versions(version, c.version) <= 0;
  return version.major < c.version.major || (same_major(version, c.version) && version.minor <= c.version.minor);
}

bool differs(const Version& version, const Comparison& c) {
  if (c.given == 1) return version.major != c.version.major;
  if (c.given == 2) {
    return !same_minor(version, c.version) || compare_prereleases(version.prerelease, c.version.prerelease) != 0;
  }
  return compare_versions(version, c.version) != 0;
}

bool holds(const Version& version, const Comparison& c) {
  if (c.sign == "!=") {
    if (c.given < 3 && !version.prerelease.empty() && c.version.prerelease.empty()) return false;
    return differs(version, c);
  }
  // Prereleases are matched only by constraints that name one.
  if (!version.prerelease.empty() && c.version.prerelease.empty()) return false;
  if (c.sign.empty() || c.sign == "=") {
    return c.given == 3 ? compare_versions(version, c.version) == 0 : within_tilde(version, c);
  }
  if (c.sign == ">") return is_greater(version, c);
  if (c.sign == "<") return compare_versions(version, c.version) < 0;
  if (c.sign == ">=" || c.sign == "=>") return compare_versions(version, c.version) >= 0;
  if (c.sign == "<=" || c.sign == "=<") return is_not_greater(version, c);
  if (c.sign == "^") return within_caret(version, c);
  return within_tilde(version, c);
}

/// "A - B" as ">=A, <=B".
std::string without_hyphens(std::string_view text) {
  std::string out(text);
  for (std::size_t place = out.find(" - "); place != std::string::npos; place = out.find(" - ")) {
    const std::size_t end_a = out.find_last_not_of(' ', place);
    if (end_a == std::string::npos) break;
    const std::size_t before = out.find_last_of(" ,", end_a);
    const std::size_t begin_a = before == std::string::npos ? 0 : before + 1;
    const std::size_t begin_b = std::min(out.find_first_not_of(' ', place + 3), out.size());
    out = out.substr(0, begin_a) + ">=" + out.substr(begin_a, end_a + 1 - begin_a) + ", <=" + out.substr(begin_b);
  }
  return out;
}

Result<bool> all_hold(std::string_view text, const Version& version) {
  const std::string plain = without_hyphens(text);
  std::string_view rest = plain;
  bool all = true;
  bool any = false;
  for (;;) {  // ends with the text
    rest.remove_prefix(std::min(rest.find_first_not_of(" ,"), rest.size()));
    if (rest.empty()) break;
    Comparison comparison;
    if (!take_comparison(rest, comparison)) return invalid("improper constraint: " + std::string(text));
    all = all && holds(version, comparison);
    any = true;
  }
  if (!any) return invalid("improper constraint: " + std::string(text));
  return all;
}

}  // namespace

std::string Version::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch) +
         (prerelease.empty() ? "" : "-" + prerelease) + (metadata.empty() ? "" : "+" + metadata);
}

Result<void> check_prerelease(std::string_view text) {
  for (const std::string& part : split(text, '.')) {
    if (part.empty() || !std::ranges::all_of(part, is_identifier)) return invalid("Invalid Prerelease string");
    if (is_numeric(part) && part.size() > 1 && part[0] == '0') return invalid("Version segment starts with 0");
  }
  return {};
}

Result<void> check_metadata(std::string_view text) {
  if (!are_identifiers(text)) return invalid("Invalid Metadata string");
  return {};
}

Result<Version> parse_version(std::string_view text) {
  const Error wrong = invalid("Invalid Semantic Version");
  Version version;
  version.original = text;
  std::string_view rest = text;
  if (rest.starts_with('v')) rest.remove_prefix(1);
  std::uint64_t* parts[] = {&version.major, &version.minor, &version.patch};
  std::string_view digits[3];
  for (std::size_t index = 0; index < 3; ++index) {
    if (index > 0) {
      if (!rest.starts_with('.')) break;
      rest.remove_prefix(1);
    }
    digits[index] = take_digits(rest);
    if (digits[index].empty()) return wrong;
  }
  if (!take_suffixes(rest, version)) return wrong;
  for (std::size_t index = 0; index < 3; ++index) {
    if (digits[index].empty()) continue;
    auto number = parse_uint(digits[index]);
    if (!number) return number.error().in("Error parsing version segment");
    *parts[index] = *number;
  }
  if (!version.prerelease.empty()) {
    if (auto done = check_prerelease(version.prerelease); !done) return done.error();
  }
  return version;
}

int compare_versions(const Version& a, const Version& b) {
  if (const int order = three_way(a.major, b.major); order != 0) return order;
  if (const int order = three_way(a.minor, b.minor); order != 0) return order;
  if (const int order = three_way(a.patch, b.patch); order != 0) return order;
  return compare_prereleases(a.prerelease, b.prerelease);
}

Result<bool> satisfies(std::string_view constraint, const Version& version) {
  bool any = false;
  for (;;) {  // once per alternative
    const std::size_t bar = constraint.find("||");
    auto done = all_hold(constraint.substr(0, bar), version);
    if (!done) return done;
    any = any || *done;
    if (bar == std::string_view::npos) return any;
    constraint.remove_prefix(bar + 2);
  }
}

}  // namespace leasehold::gofuncs
