#include "go_regex.h"

#include <algorithm>

#include <re2/re2.h>

#include "leasehold/base/text.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gofuncs {

namespace {

using Spans = std::vector<re2::StringPiece>;

/// Bound of a compiled expression, bytes.
constexpr std::int64_t kMemoryMax = 8LL * 1024 * 1024;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

struct Message {
  re2::RE2::ErrorCode code;
  std::string_view text;
};

constexpr Message kMessages[] = {
    {re2::RE2::ErrorBadEscape, "invalid escape sequence"},
    {re2::RE2::ErrorBadCharClass, "invalid character class range"},
    {re2::RE2::ErrorBadCharRange, "invalid character class range"},
    {re2::RE2::ErrorMissingBracket, "missing closing ]"},
    {re2::RE2::ErrorMissingParen, "missing closing )"},
    {re2::RE2::ErrorUnexpectedParen, "unexpected )"},
    {re2::RE2::ErrorTrailingBackslash, "trailing backslash at end of expression"},
    {re2::RE2::ErrorRepeatArgument, "missing argument to repetition operator"},
    {re2::RE2::ErrorRepeatSize, "invalid repeat count"},
    {re2::RE2::ErrorRepeatOp, "invalid nested repetition operator"},
    {re2::RE2::ErrorBadPerlOp, "invalid or unsupported Perl syntax"},
    {re2::RE2::ErrorBadUTF8, "invalid UTF-8"},
    {re2::RE2::ErrorBadNamedCapture, "invalid named capture"},
    {re2::RE2::ErrorPatternTooLarge, "expression too large"},
};

std::string error_text(const re2::RE2& engine, std::string_view pattern, const std::string& bad_name) {
  std::string_view text = "internal error";
  for (const Message& message : kMessages) {
    if (message.code == engine.error_code()) text = message.text;
  }
  std::string fragment = engine.error_code() == re2::RE2::ErrorBadNamedCapture && !bad_name.empty() ? bad_name : engine.error_arg();
  // Go names the whole expression when a parenthesis is missing.
  if (engine.error_code() == re2::RE2::ErrorMissingParen || engine.error_code() == re2::RE2::ErrorUnexpectedParen) {
    fragment = pattern;
  }
  if (engine.error_code() == re2::RE2::ErrorTrailingBackslash) fragment.clear();
  return "error parsing regexp: " + std::string(text) + ": `" + fragment + "`";
}

bool is_name_byte(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// What Go's syntax has and this RE2 has not: (?<name>…), names that come twice or begin with a digit.
/// Groups lose their names here; names[i] is that of group i. What only RE2 has is told apart: \C.
struct Translation {
  std::string pattern;
  std::vector<std::string> names{""};
  bool single_byte = false;  ///< \C outside a class
  std::string bad_name;      ///< the group whose name Go refuses; the pattern has one there that RE2 refuses
};

class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  Translation run() {
    while (!rest_.empty()) {
      if (rest_.starts_with("\\Q")) {
        take(std::min(rest_.find("\\E"), rest_.size()));
      } else if (rest_[0] == '\\') {
        out_.single_byte = out_.single_byte || rest_.starts_with("\\C");
        take(2);
      } else if (rest_[0] == '[') {
        character_class();
      } else if (rest_[0] == '(') {
        group();
      } else {
        take(1);
      }
    }
    return std::move(out_);
  }

 private:
  void take(std::size_t count) {
    count = std::min(count, rest_.size());
    out_.pattern += rest_.substr(0, count);
    rest_.remove_prefix(count);
  }

  /// [...]: a bracket that comes first, escapes and [:names:] do not end it.
  void character_class() {
    take(rest_.starts_with("[^") ? 2 : 1);
    if (rest_.starts_with("]")) take(1);
    while (!rest_.empty() && rest_[0] != ']') {
      const std::size_t close = rest_.starts_with("[:") ? rest_.find(":]", 2) : std::string_view::npos;
      take(close != std::string_view::npos ? close + 2 : (rest_[0] == '\\' ? 2 : 1));
    }
    take(1);
  }

  void group() {
    if (!rest_.starts_with("(?")) {
      out_.names.emplace_back();
      return take(1);
    }
    const std::size_t start = rest_.starts_with("(?P<") ? 4 : (rest_.starts_with("(?<") ? 3 : 0);
    if (start == 0 || rest_.size() == start) return take(2);
    std::size_t end = start;
    while (end < rest_.size() && is_name_byte(rest_[end])) ++end;
    if (end == start || end == rest_.size() || rest_[end] != '>') {
      // RE2 takes letters beyond ASCII, Go does not.
      const std::size_t close = rest_.find('>');
      out_.bad_name = rest_.substr(0, close == std::string_view::npos ? close : close + 1);
      out_.pattern += "(?P<>";
      rest_ = {};
      return;
    }
    out_.names.emplace_back(rest_.substr(start, end - start));
    out_.pattern += "(";
    rest_.remove_prefix(end + 1);
  }

  std::string_view rest_;
  Translation out_;
};

}  // namespace

struct Regex::Engine {
  Engine(const Translation& translation, const re2::RE2::Options& options)
      : re(translation.pattern, options), names(translation.names) {}
  re2::RE2 re;
  std::vector<std::string> names;  ///< by number of the group

  [[nodiscard]] bool match(std::string_view text, std::size_t start, Spans& groups) const {
    return re.Match(piece(text), start, text.size(), re2::RE2::UNANCHORED, groups.data(),
                    static_cast<int>(groups.size()));
  }
  [[nodiscard]] Spans make_groups() const {
    return Spans(static_cast<std::size_t>(re.NumberOfCapturingGroups()) + 1);
  }
  [[nodiscard]] std::string_view group(const Spans& groups, std::string_view name) const {
    std::size_t index = groups.size();
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos) {
      index = name.size() > 4 ? index : static_cast<std::size_t>(std::stoul(std::string(name)));
    } else {
      // Of several with one name the first that took part.
      for (index = 0; index < std::min(groups.size(), names.size()); ++index) {
        if (names[index] == name && groups[index].data() != nullptr) break;
      }
    }
    if (index >= groups.size() || groups[index].data() == nullptr) return {};
    return {groups[index].data(), groups[index].size()};
  }
};

Regex::Regex(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::create(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  if (!is_utf8(pattern)) return invalid("error parsing regexp: invalid UTF-8: `" + std::string(pattern) + "`");
  const Translation translation = Translator(pattern).run();
  if (translation.single_byte) return invalid("error parsing regexp: invalid escape sequence: `\\C`");
  auto engine = std::make_unique<Engine>(translation, options);
  if (!engine->re.ok()) return invalid(error_text(engine->re, pattern, translation.bad_name));
  return Regex(std::move(engine));
}

bool Regex::matches(std::string_view text) const {
  Spans none;
  return engine_->match(text, 0, none);
}

std::optional<std::string> Regex::find(std::string_view text) const {
  Spans groups(1);
  if (!engine_->match(text, 0, groups)) return std::nullopt;
  return std::string(groups[0].data(), groups[0].size());
}

namespace {

/// Calls visit(begin, end) for every match; empty ones directly after another are skipped.
template <class Match, class Visit>
void for_each_match(std::string_view text, Match match, Visit visit) {
  std::size_t start = 0;
  std::size_t last_end = std::string_view::npos;
  while (start <= text.size()) {
    const auto found = match(start);
    if (!found) return;
    const auto [begin, end] = *found;
    const bool empty = begin == end;
    if (!(empty && begin == last_end)) {
      if (!visit(begin, end)) return;
    }
    last_end = end;
    start = end;
    if (empty) start += end < text.size() ? gotemplate::decode_rune(text.substr(end)).width : 1;
  }
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> Regex::find_all(std::string_view text,
                                                                 std::int64_t count) const {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  if (count == 0) return found;
  Spans groups(1);
  const auto match = [&](std::size_t start) -> std::optional<std::pair<std::size_t, std::size_t>> {
    if (!engine_->match(text, start, groups)) return std::nullopt;
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    return std::pair(begin, begin + groups[0].size());
  };
  for_each_match(text, match, [&](std::size_t begin, std::size_t end) {
    found.emplace_back(begin, end);
    return count < 0 || static_cast<std::int64_t>(found.size()) < count;
  });
  return found;
}

std::string Regex::replace(std::string_view text, std::string_view replacement, bool expand) const {
  std::string out;
  std::size_t copied = 0;
  Spans groups = engine_->make_groups();
  const auto match = [&](std::size_t start) -> std::optional<std::pair<std::size_t, std::size_t>> {
    if (!engine_->match(text, start, groups)) return std::nullopt;
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    return std::pair(begin, begin + groups[0].size());
  };
  const auto append_expanded = [&] {
    std::string_view rest = replacement;
    while (!rest.empty()) {
      const std::size_t dollar = rest.find('$');
      out += rest.substr(0, dollar);
      if (dollar == std::string_view::npos) return;
      rest.remove_prefix(dollar + 1);
      if (rest.starts_with('$')) {
        out.push_back('$');
        rest.remove_prefix(1);
        continue;
      }
      const bool braces = rest.starts_with('{');
      std::string_view name = braces ? rest.substr(1) : rest;
      std::size_t size = 0;
      while (size < name.size()) {  // letters beyond ASCII count: such a group cannot exist, and is empty
        const auto rune = gotemplate::decode_rune(name.substr(size));
        if (!gotemplate::is_name_rune(rune.code)) break;
        size += rune.width;
      }
      if (size == 0 || (braces && (size == name.size() || name[size] != '}'))) {
        out.push_back('$');
        continue;
      }
      out += engine_->group(groups, name.substr(0, size));
      rest.remove_prefix(size + (braces ? 2 : 0));
    }
  };
  for_each_match(text, match, [&](std::size_t begin, std::size_t end) {
    out += text.substr(copied, begin - copied);
    if (expand) {
      append_expanded();
    } else {
      out += replacement;
    }
    copied = end;
    return true;
  });
  out += text.substr(copied);
  return out;
}

std::vector<std::string> Regex::split(std::string_view text, std::int64_t count) const {
  std::vector<std::string> parts;
  if (count == 0) return parts;
  if (text.empty() && !engine_->re.pattern().empty()) return {std::string()};
  std::size_t begin = 0;
  std::size_t end = 0;
  for (const auto& [from, to] : find_all(text, count)) {
    if (count > 0 && static_cast<std::int64_t>(parts.size()) == count - 1) break;
    end = from;
    if (to != 0) parts.emplace_back(text.substr(begin, end - begin));
    begin = to;
  }
  if (end != text.size()) parts.emplace_back(text.substr(begin));
  return parts;
}

}  // namespace leasehold::gofuncs
