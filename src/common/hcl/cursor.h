// Walks over the characters of a document and knows where it is. Positions and the errors for bad
// bytes are those of hashicorp/hcl's scanners, whose column runs on at the end of the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "leasehold/hcl/tree.h"

namespace leasehold::hcl {

enum class Dialect { Hcl, Json };

/// What next() and peek() answer at the end; HCL's scanner treats a NUL in the text as the end, too.
inline constexpr char32_t kEnd = 0;
inline constexpr char32_t kReplacement = 0xFFFD;

class Cursor {
 public:
  /// The text must outlive the cursor.
  Cursor(std::string_view text, Dialect dialect) : text_(text), dialect_(dialect) {}

  char32_t next();
  /// Takes the last next() back. Once at most, and not after the end.
  void unread();
  [[nodiscard]] char32_t peek() const;

  /// Remembers an error; the last one wins, as the peer's does.
  void fail(std::string_view what);
  [[nodiscard]] bool failed() const { return !error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] Position error_at() const { return error_at_; }

  /// Position of the character that next() returned last.
  [[nodiscard]] Position here() const;
  /// Byte offsets behind and before that character.
  [[nodiscard]] std::size_t offset() const { return place_.offset; }
  [[nodiscard]] std::size_t last_offset() const { return place_.offset - last_size_; }
  [[nodiscard]] std::string_view between(std::size_t from, std::size_t to) const;

 private:
  struct Place {
    std::size_t offset = 0;
    std::uint32_t line = 1;
    std::uint32_t column = 0;
  };

  std::string_view text_;
  Dialect dialect_;
  std::size_t read_ = 0;  ///< bytes consumed; differs from place_.offset only after bad bytes
  Place place_;
  Place previous_;
  std::size_t last_size_ = 0;
  std::uint32_t last_line_columns_ = 0;
  std::string error_;
  Position error_at_;
};

/// Decodes the character at the front; size is 0 at the end, 1 with kReplacement for a bad byte.
struct Decoded {
  char32_t character = kEnd;
  std::size_t size = 0;
};
Decoded decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t character);

bool is_letter(char32_t character);  ///< Unicode letter or `_`
bool is_digit(char32_t character);   ///< Unicode decimal digit
bool is_decimal(char32_t character);
bool is_hexadecimal(char32_t character);
bool is_blank(char32_t character);
/// 0..15, or 16 for anything else.
int digit_value(char32_t character);

}  // namespace leasehold::hcl
