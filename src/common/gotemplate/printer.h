// One value through one verb: the inner half of printf and of %v.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "leasehold/gotemplate/value.h"

namespace leasehold::gotemplate {

/// Flags, width and precision of one directive.
struct Flags {
  bool plus = false;
  bool minus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool plus_v = false;   ///< %+v
  bool sharp_v = false;  ///< %#v
  bool has_width = false;
  bool has_precision = false;
  int width = 0;
  int precision = 0;
};

class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}
  Flags flags;

  /// Prints an argument; a bad verb shows as %!d(string=x).
  void argument(const Value& value, char32_t verb);

 private:
  void value_at(const Value& value, char32_t verb, int depth);
  void composite(const Value& value, char32_t verb, int depth);
  void list(const Value& value, char32_t verb, int depth);
  void map(const Value& value, char32_t verb, int depth);
  void record(const Value& value, char32_t verb, int depth);
  void pointer(const Value& value, char32_t verb, int depth);
  void address(const Value& value, char32_t verb);
  void boolean(const Value& value, char32_t verb);
  void integer(const Value& value, char32_t verb);
  void digits(std::uint64_t magnitude, bool negative, std::uint64_t base, char32_t verb);
  void code_point(std::uint64_t code);
  void floating(double value, char32_t verb, const Value& owner);
  void float_text(double value, char verb, int precision);
  void complex(const Value& value, char32_t verb);
  void text(std::string_view text, char32_t verb, const Value& owner);
  void hex_text(std::string_view text, bool upper);
  void quoted(std::string_view text);
  void bad_verb(const Value& value, char32_t verb);

  void pad(std::string_view text);
  void padding(std::size_t count);
  [[nodiscard]] std::string_view truncated(std::string_view text) const;

  std::string& out_;
};

}  // namespace leasehold::gotemplate
