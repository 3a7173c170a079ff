// print, println and printf: the outer half, which reads format strings.
#include "leasehold/gotemplate/print.h"

#include <optional>

#include "printer.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gotemplate {

namespace {

/// Go refuses wider fields.
constexpr int kWidthMax = 1000000;

class Formatter {
 public:
  Formatter(std::string_view pattern, std::span<const Value> values, std::string_view extra_type)
      : pattern_(pattern), values_(values), extra_type_(extra_type), printer_(out_) {}

  std::string run() {
    while (position_ < pattern_.size()) {
      const std::size_t percent = std::min(pattern_.find('%', position_), pattern_.size());
      out_ += pattern_.substr(position_, percent - position_);
      position_ = percent;
      if (position_ < pattern_.size()) directive();
    }
    if (!reordered_ && next_ < values_.size()) extra();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool at(char c) const { return position_ < pattern_.size() && pattern_[position_] == c; }

  void directive() {
    ++position_;
    good_index_ = true;
    printer_.flags = {};
    while (read_flag()) {
    }
    bool after_index = read_index();
    after_index = read_width(after_index);
    after_index = read_precision(after_index);
    if (!after_index) static_cast<void>(read_index());
    if (position_ >= pattern_.size()) {
      out_ += "%!(NOVERB)";
      return;
    }
    const Rune verb = decode_rune(pattern_.substr(position_));
    position_ += verb.width;
    print_verb(verb.code);
  }

  bool read_flag() {
    Flags& flags = printer_.flags;
    if (position_ >= pattern_.size()) return false;
    switch (pattern_[position_]) {
      case '#':
        flags.sharp = true;
        break;
      case '0':
        flags.zero = true;
        break;
      case '+':
        flags.plus = true;
        break;
      case '-':
        flags.minus = true;
        break;
      case ' ':
        flags.space = true;
        break;
      default:
        return false;
    }
    ++position_;
    return true;
  }

  /// Digits at the position; too many swallow the rest, as in Go.
  std::optional<int> read_number(std::size_t end) {
    std::optional<int> number;
    for (; position_ < end && pattern_[position_] >= '0' && pattern_[position_] <= '9'; ++position_) {
      if (number.value_or(0) > kWidthMax) {
        position_ = end;
        return std::nullopt;
      }
      number = number.value_or(0) * 10 + (pattern_[position_] - '0');
    }
    return number;
  }

  /// [n] chooses the next argument. True when it did.
  bool read_index() {
    if (!at('[')) return false;
    reordered_ = true;
    const std::size_t close = pattern_.find(']', position_);
    if (close == std::string_view::npos || pattern_.size() - position_ < 3) {
      good_index_ = false;
      ++position_;
      return false;
    }
    ++position_;
    const auto number = read_number(close);
    const bool whole = number.has_value() && position_ == close;
    position_ = close + 1;
    if (whole && *number >= 1 && static_cast<std::size_t>(*number) <= values_.size()) {
      next_ = static_cast<std::size_t>(*number) - 1;
      return true;
    }
    good_index_ = false;
    return whole;
  }

  /// The value of a `*`.
  std::optional<int> number_argument() {
    if (next_ >= values_.size()) return std::nullopt;
    const Value& value = values_[next_++];
    if (value.kind() == Kind::Int && value.as_int() >= -kWidthMax && value.as_int() <= kWidthMax) {
      return static_cast<int>(value.as_int());
    }
    if (value.kind() == Kind::Uint && value.as_uint() <= kWidthMax) return static_cast<int>(value.as_uint());
    return std::nullopt;
  }

  bool read_width(bool after_index) {
    Flags& flags = printer_.flags;
    if (at('*')) {
      ++position_;
      const auto width = number_argument();
      if (!width) out_ += "%!(BADWIDTH)";
      flags.has_width = width.has_value();
      flags.width = width.value_or(0);
      if (flags.width < 0) {
        flags.width = -flags.width;
        flags.minus = true;
        flags.zero = false;
      }
      return false;
    }
    const auto width = read_number(pattern_.size());
    flags.has_width = width.has_value();
    flags.width = width.value_or(0);
    if (after_index && flags.has_width) good_index_ = false;  // "%[3]2d"
    return after_index;
  }

  bool read_precision(bool after_index) {
    Flags& flags = printer_.flags;
    if (!at('.')) return after_index;
    ++position_;
    if (after_index) good_index_ = false;  // "%[3].2d"
    after_index = read_index();
    if (at('*')) {
      ++position_;
      auto precision = number_argument();
      if (precision && *precision < 0) precision.reset();
      if (!precision) out_ += "%!(BADPREC)";
      flags.has_precision = precision.has_value();
      flags.precision = precision.value_or(0);
      return false;
    }
    flags.precision = read_number(pattern_.size()).value_or(0);
    flags.has_precision = true;
    return after_index;
  }

  void print_verb(char32_t verb) {
    if (verb == '%') {
      out_.push_back('%');
    } else if (!good_index_) {
      complain(verb, "(BADINDEX)");
    } else if (next_ >= values_.size()) {
      complain(verb, "(MISSING)");
    } else {
      Flags& flags = printer_.flags;
      if (verb == 'v' || verb == 'w') {  // compat: %w takes the flags of %v before it is refused
        flags.sharp_v = flags.sharp;
        flags.plus_v = flags.plus;
        flags.sharp = false;
        flags.plus = false;
      }
      printer_.argument(values_[next_++], verb);
    }
  }

  void complain(char32_t verb, std::string_view what) {
    out_ += "%!";
    append_rune(out_, verb);
    out_ += what;
  }

  void extra() {
    printer_.flags = {};
    out_ += "%!(EXTRA ";
    for (std::size_t index = next_; index < values_.size(); ++index) {
      if (index > next_) out_ += ", ";
      if (!values_[index].valid() && extra_type_.empty()) {
        out_ += "<nil>";
        continue;
      }
      (out_ += extra_type_.empty() ? values_[index].type_name() : extra_type_) += "=";
      printer_.argument(values_[index], 'v');
    }
    out_ += ")";
  }

  std::string_view pattern_;
  std::span<const Value> values_;
  std::string_view extra_type_;
  std::string out_;
  Printer printer_;
  std::size_t position_ = 0;
  std::size_t next_ = 0;
  bool good_index_ = true;
  bool reordered_ = false;
};

}  // namespace

void append_text(std::string& out, const Value& value) { Printer(out).argument(value, 'v'); }

std::string to_text(const Value& value) {
  std::string out;
  append_text(out, value);
  return out;
}

std::string to_output(const Value& value) {
  if (!value.valid()) return "<no value>";
  return to_text(value.is_nil() ? value : value.pointed());
}

std::string print(std::span<const Value> values) {
  std::string out;
  bool after_text = true;
  for (std::size_t index = 0; index < values.size(); ++index) {
    const bool is_text = values[index].kind() == Kind::String;
    if (index > 0 && !is_text && !after_text) out.push_back(' ');
    append_text(out, values[index]);
    after_text = is_text;
  }
  return out;
}

std::string print_line(std::span<const Value> values) {
  std::string out;
  for (std::size_t index = 0; index < values.size(); ++index) {
    if (index > 0) out.push_back(' ');
    append_text(out, values[index]);
  }
  out.push_back('\n');
  return out;
}

std::string format(std::string_view pattern, std::span<const Value> values, std::string_view extra_type) {
  return Formatter(pattern, values, extra_type).run();
}

}  // namespace leasehold::gotemplate
