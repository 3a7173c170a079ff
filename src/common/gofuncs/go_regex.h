// Regular expressions over RE2, with Go's replacement syntax and error texts (spec 14.3).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

class Regex {
 public:
  /// Error: `error parsing regexp: …`.
  static Result<Regex> create(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  ~Regex();

  [[nodiscard]] bool matches(std::string_view text) const;
  /// The first match.
  [[nodiscard]] std::optional<std::string> find(std::string_view text) const;
  /// Begin and end of up to count matches; count < 0: all.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> find_all(std::string_view text,
                                                                          std::int64_t count) const;
  /// Every match replaced; expand: $1, ${name} and $$ mean something.
  [[nodiscard]] std::string replace(std::string_view text, std::string_view replacement, bool expand) const;
  /// regexp.Split.
  [[nodiscard]] std::vector<std::string> split(std::string_view text, std::int64_t count) const;

 private:
  struct Engine;
  explicit Regex(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace leasehold::gofuncs
