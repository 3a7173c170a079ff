// HCL to rules, and random characters by them.
#include "password_policy.h"

#include <algorithm>

#include "crypto.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/hcl/parser.h"
#include "leasehold/hcl/tree.h"

namespace leasehold::devvault {
namespace {

constexpr std::int64_t kLengthMin = 4;
constexpr std::int64_t kLengthMax = 100;

Result<std::int64_t> number_of(const hcl::ItemView& item) {
  auto number = parse_int(item.value().text);
  if (!number) {
    return invalid(item.key(0).name + " must be a number");
  }
  return *number;
}

Result<PasswordPolicy::Rule> read_rule(const hcl::ItemView& block) {
  PasswordPolicy::Rule rule;
  if (block.key_count() == 0 || block.key(0).name != "charset") {
    return invalid("unrecognized rule type; only \"charset\" is known");
  }
  for (const hcl::ItemView& item : hcl::items_of(block.value())) {
    const std::string& key = item.key(0).name;
    if (key == "charset") {
      rule.charset = item.value().text;
    } else if (key == "min-chars") {
      auto number = number_of(item);
      if (!number || *number < 0 || *number > kLengthMax) {
        return invalid("min-chars must be a number from 0 to 100");
      }
      rule.min_characters = static_cast<std::size_t>(*number);
    } else {
      return invalid("unrecognized rule option " + go_quote(key));
    }
  }
  if (rule.charset.empty() || std::any_of(rule.charset.begin(), rule.charset.end(), [](char c) { return c < 0x20 || c > 0x7E; })) {
    return invalid("charset must hold printable ASCII characters");
  }
  return rule;
}

std::string all_characters(const PasswordPolicy& policy) {
  std::string alphabet;
  for (const PasswordPolicy::Rule& rule : policy.rules) {
    alphabet += rule.charset;
  }
  std::sort(alphabet.begin(), alphabet.end());
  alphabet.erase(std::unique(alphabet.begin(), alphabet.end()), alphabet.end());
  return alphabet;
}

}  // namespace

Result<PasswordPolicy> parse_password_policy(std::string_view text) {
  auto document = hcl::parse(text);
  if (!document) {
    return document.error();
  }
  PasswordPolicy policy;
  policy.text = text;
  std::size_t wanted = 0;
  for (const hcl::ItemView& item : hcl::items_of(document->root)) {
    const std::string& key = item.key(0).name;
    if (key == "length") {
      auto number = number_of(item);
      if (!number || *number < kLengthMin || *number > kLengthMax) {
        return invalid("length must be a number from 4 to 100");
      }
      policy.length = static_cast<std::size_t>(*number);
    } else if (key != "rule") {
      return invalid("unrecognized option " + go_quote(key));
    }
  }
  for (const hcl::ItemView& block : hcl::select(hcl::items_of(document->root), "rule")) {
    auto rule = read_rule(block);
    if (!rule) {
      return rule.error();
    }
    wanted += rule->min_characters;
    policy.rules.push_back(*std::move(rule));
  }
  if (policy.length == 0) {
    return invalid("length must be a number from 4 to 100");
  }
  if (policy.rules.empty()) {
    return invalid("no charsets specified");
  }
  if (wanted > policy.length) {
    return invalid("the minimums of all rules are more than the length");
  }
  return policy;
}

std::string generate_password(const PasswordPolicy& policy) {
  // The minimums first, the rest from all, then a shuffle: unlike drawing until it fits, this ends.
  const std::string alphabet = all_characters(policy);
  std::string password;
  for (const PasswordPolicy::Rule& rule : policy.rules) {
    password += crypto::random_text(rule.min_characters, rule.charset);
  }
  password += crypto::random_text(policy.length - password.size(), alphabet);
  for (std::size_t i = password.size() - 1; i > 0; --i) {
    // At most 100 places: one byte, and what would be unfair is drawn again.
    const std::size_t fair = 256 - 256 % (i + 1);
    std::size_t place = fair;
    while (place >= fair) {
      place = static_cast<unsigned char>(crypto::random_bytes(1)[0]);
    }
    std::swap(password[i], password[place % (i + 1)]);
  }
  return password;
}

}  // namespace leasehold::devvault
