// snakecase and kebabcase: cuts a text into runs of one class, then decides between which runs a
// joiner stands (spec 12.1a).
#include <utility>
#include <vector>

#include "case_mapping.h"
#include "leasehold/gotemplate/unicode.h"
#include "sprig_words.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::append_rune;
using gotemplate::decode_rune;
using gotemplate::is_name_rune;
using gotemplate::Rune;

enum class Class { End, Connector, Punct, Number, Upper, Alpha, Other };

bool is_number(char32_t code) {
  return (code >= '0' && code <= '9') || (code >= 0x660 && code <= 0x669) || (code >= 0x6F0 && code <= 0x6F9) ||
         (code >= 0x966 && code <= 0x96F) || code == 0xB2 || code == 0xB3 || code == 0xB9 ||
         (code >= 0xBC && code <= 0xBE) || (code >= 0x2070 && code <= 0x2079 && code != 0x2071) ||
         (code >= 0x2080 && code <= 0x2089) || (code >= 0x2150 && code <= 0x2189) ||
         (code >= 0x2460 && code <= 0x249B) || (code >= 0xFF10 && code <= 0xFF19);
}

bool is_ideograph(char32_t code) {
  return (code >= 0x3400 && code <= 0x4D85) || (code >= 0x4E00 && code <= 0x9FCC) ||
         (code >= 0x20000 && code <= 0x2B81D);
}

bool is_punct(char32_t code) {
  static constexpr std::u32string_view kAscii = U"!\"#%&'()*,./:;?@[\\]{}";
  return kAscii.find(code) != std::u32string_view::npos || code == 0xA1 || code == 0xA7 || code == 0xAB ||
         code == 0xB6 || code == 0xB7 || code == 0xBB || code == 0xBF || (code >= 0x2010 && code <= 0x2027) ||
         (code >= 0x2030 && code <= 0x205E && code != 0x2044 && code != 0x2052) ||
         (code >= 0x3001 && code <= 0x3003) || (code >= 0x3008 && code <= 0x3011);
}

/// Class of one rune: capitals are Upper, other letters Alpha.
Class class_of(char32_t code) {
  if (code == '-' || code == '_' || is_unicode_space(code)) return Class::Connector;
  if (is_number(code)) return Class::Number;
  if (is_punct(code)) return Class::Punct;
  if (is_ideograph(code)) return Class::Other;
  if (to_lower_rune(code) != code && to_upper_rune(code) == code) return Class::Upper;
  return is_name_rune(code) ? Class::Alpha : Class::Other;
}

struct Run {
  Class type = Class::End;
  std::u32string text;
};

/// The next run; text shrinks.
Run take_run(std::u32string_view& text) {
  Run run;
  if (text.empty()) return run;
  run.type = class_of(text[0]);
  std::size_t size = 1;
  if (run.type == Class::Upper) {
    while (size < text.size() && class_of(text[size]) == Class::Upper) ++size;
    const bool letter_follows = size < text.size() && class_of(text[size]) == Class::Alpha;
    if (size > 1 && letter_follows) {
      --size;  // the last capital begins the next word
    } else if (size == 1 && letter_follows) {
      while (size < text.size() && class_of(text[size]) == Class::Alpha) ++size;
    }
  } else {
    while (size < text.size() && class_of(text[size]) == run.type) ++size;
  }
  run.text = text.substr(0, size);
  text.remove_prefix(size);
  return run;
}

class Joiner {
 public:
  Joiner(std::string_view text, char joiner) : joiner_(joiner) {
    std::u32string runes;
    while (!text.empty()) {
      const Rune rune = decode_rune(text);
      runes.push_back(rune.code);
      text.remove_prefix(rune.width);
    }
    std::u32string_view rest = runes;
    for (Run run = take_run(rest); run.type != Class::End; run = take_run(rest)) runs_.push_back(std::move(run));
  }

  std::string run() {
    while (next_ < runs_.size()) {
      const Class type = runs_[next_].type;
      emit();
      switch (type) {
        case Class::Connector:
        case Class::Punct:
          break;
        case Class::Number:
          emit_word_rest();
          join_before_word();
          break;
        default:
          after_word();
          break;
      }
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] Class peek(std::size_t ahead = 0) const {
    return next_ + ahead < runs_.size() ? runs_[next_ + ahead].type : Class::End;
  }

  void emit() {
    const Run& run = runs_[next_++];
    for (const char32_t code : run.text) {
      if (run.type == Class::Connector) {
        out_.push_back(joiner_);
      } else {
        append_rune(out_, run.type == Class::Upper ? to_lower_rune(code) : code);
      }
    }
  }

  void emit_word_rest() {
    while (peek() == Class::Alpha || peek() == Class::Number) emit();
  }

  void join_before_word() {
    if (peek() != Class::Connector && peek() != Class::Punct && peek() != Class::End) out_.push_back(joiner_);
  }

  void after_word() {
    if (peek() != Class::Number) return join_before_word();
    if (peek(1) == Class::Alpha) {
      out_.push_back(joiner_);
      emit();
      emit_word_rest();
    } else {
      emit();
    }
    join_before_word();
  }

  char joiner_;
  std::vector<Run> runs_;
  std::size_t next_ = 0;
  std::string out_;
};

}  // namespace

std::string joined_case(std::string_view text, char joiner) { return Joiner(text, joiner).run(); }

}  // namespace leasehold::gofuncs
