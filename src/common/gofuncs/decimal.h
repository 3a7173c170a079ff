// Exact decimal arithmetic for addf, subf, mulf and divf (spec 12.2).
#pragma once

#include <string>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

/// digits * 10^exponent, with sign.
class Decimal {
 public:
  Decimal() = default;
  /// The shortest decimal of a float64. Error: `Cannot create a Decimal from +Inf`.
  static Result<Decimal> from(double value);

  [[nodiscard]] Decimal plus(const Decimal& other) const;
  [[nodiscard]] Decimal minus(const Decimal& other) const;
  [[nodiscard]] Decimal times(const Decimal& other) const;
  /// 16 decimal places, half away from zero. other has at most 17 digits, as those of a float64
  /// have. Error: `decimal division by 0`.
  [[nodiscard]] Result<Decimal> divided_by(const Decimal& other) const;
  [[nodiscard]] double to_double() const;

 private:
  void trim();
  bool negative_ = false;
  std::string digits_ = "0";  ///< most significant first, no leading zeros
  int exponent_ = 0;
};

}  // namespace leasehold::gofuncs
