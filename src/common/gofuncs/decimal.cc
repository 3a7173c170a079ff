#include "decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "leasehold/gotemplate/numeric.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gofuncs {

namespace {

int compare_digits(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

char digit(int value) { return static_cast<char>('0' + value); }

std::string add_digits(const std::string& a, const std::string& b) {
  std::string out;
  int carry = 0;
  for (std::size_t index = 0; index < std::max(a.size(), b.size()) || carry > 0; ++index) {
    int sum = carry;
    if (index < a.size()) sum += a[a.size() - 1 - index] - '0';
    if (index < b.size()) sum += b[b.size() - 1 - index] - '0';
    out.push_back(digit(sum % 10));
    carry = sum / 10;
  }
  std::ranges::reverse(out);
  return out;
}

/// REQUIRES: a >= b.
std::string subtract_digits(const std::string& a, const std::string& b) {
  std::string out;
  int borrow = 0;
  for (std::size_t index = 0; index < a.size(); ++index) {
    int rest = a[a.size() - 1 - index] - '0' - borrow;
    if (index < b.size()) rest -= b[b.size() - 1 - index] - '0';
    borrow = rest < 0 ? 1 : 0;
    out.push_back(digit(rest + 10 * borrow));
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace

void Decimal::trim() {
  digits_.erase(0, std::min(digits_.find_first_not_of('0'), digits_.size() - 1));
  if (digits_ == "0") negative_ = false;
}

Result<Decimal> Decimal::from(double value) {
  if (!std::isfinite(value)) return invalid("Cannot create a Decimal from " + gotemplate::format_float(value));
  const std::string text = gotemplate::format_float(std::fabs(value), 'e', -1);
  const std::size_t mark = text.find('e');
  Decimal decimal;
  decimal.negative_ = value < 0;
  decimal.digits_.clear();
  const std::string mantissa = text.substr(0, mark);
  for (const char c : mantissa) {
    if (c != '.') decimal.digits_.push_back(c);
  }
  const char* exponent = text.data() + mark + (text[mark + 1] == '+' ? 2 : 1);
  std::from_chars(exponent, text.data() + text.size(), decimal.exponent_);
  decimal.exponent_ -= static_cast<int>(decimal.digits_.size()) - 1;
  decimal.trim();
  return decimal;
}

Decimal Decimal::plus(const Decimal& other) const {
  Decimal a = *this;
  Decimal b = other;
  Decimal& longer = a.exponent_ > b.exponent_ ? a : b;
  const int exponent = std::min(a.exponent_, b.exponent_);
  longer.digits_.append(static_cast<std::size_t>(longer.exponent_ - exponent), '0');
  a.exponent_ = exponent;
  if (a.negative_ == b.negative_) {
    a.digits_ = add_digits(a.digits_, b.digits_);
  } else {
    a.trim();
    b.trim();
    const bool bigger = compare_digits(a.digits_, b.digits_) >= 0;
    const bool negative = bigger ? this->negative_ : other.negative_;
    a.digits_ = bigger ? subtract_digits(a.digits_, b.digits_) : subtract_digits(b.digits_, a.digits_);
    a.negative_ = negative;
  }
  a.trim();
  return a;
}

Decimal Decimal::minus(const Decimal& other) const {
  Decimal negated = other;
  negated.negative_ = !other.negative_;
  return plus(negated);
}

Decimal Decimal::times(const Decimal& other) const {
  Decimal product;
  product.negative_ = negative_ != other.negative_;
  product.exponent_ = exponent_ + other.exponent_;
  std::string& digits = product.digits_;
  digits.assign(digits_.size() + other.digits_.size(), '0');
  for (std::size_t i = digits_.size(); i-- > 0;) {
    int carry = 0;
    for (std::size_t j = other.digits_.size(); j-- > 0;) {
      const int sum = (digits_[i] - '0') * (other.digits_[j] - '0') + (digits[i + j + 1] - '0') + carry;
      digits[i + j + 1] = digit(sum % 10);
      carry = sum / 10;
    }
    digits[i] = digit(digits[i] - '0' + carry);
  }
  product.trim();
  return product;
}

Result<Decimal> Decimal::divided_by(const Decimal& other) const {
  if (other.digits_ == "0") return invalid("decimal division by 0");
  constexpr int kPlaces = 16;
  // One digit more than wanted, to round by.
  const int shift = exponent_ - other.exponent_ + kPlaces + 1;
  std::string numerator = digits_;
  std::uint64_t divisor = 0;
  std::from_chars(other.digits_.data(), other.digits_.data() + other.digits_.size(), divisor);
  if (shift >= 0) {
    numerator.append(static_cast<std::size_t>(shift), '0');
  } else {
    // The quotient's digits beyond the wanted ones cannot round up unless they are next to them.
    const auto cut = static_cast<std::size_t>(-shift);
    numerator = cut >= numerator.size() ? "0" : numerator.substr(0, numerator.size() - cut);
  }
  Decimal quotient;
  quotient.digits_.clear();
  unsigned __int128 rest = 0;
  for (const char c : numerator) {
    rest = rest * 10 + static_cast<unsigned>(c - '0');
    quotient.digits_.push_back(digit(static_cast<int>(rest / divisor)));
    rest %= divisor;
  }
  const bool up = quotient.digits_.back() >= '5';
  quotient.digits_.pop_back();
  if (quotient.digits_.empty()) quotient.digits_ = "0";
  if (up) quotient.digits_ = add_digits(quotient.digits_, "1");
  quotient.exponent_ = -kPlaces;
  quotient.negative_ = negative_ != other.negative_;
  quotient.trim();
  return quotient;
}

double Decimal::to_double() const {
  const std::string text = (negative_ ? "-" : "") + digits_ + "e" + std::to_string(exponent_);
  return gotemplate::read_float(text).value_or(std::numeric_limits<double>::infinity());
}

}  // namespace leasehold::gofuncs
