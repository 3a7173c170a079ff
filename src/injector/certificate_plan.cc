#include "certificate_plan.h"

#include <algorithm>

namespace leasehold::injector {
namespace {

constexpr std::chrono::minutes kClockSkew{1};  // how long before its making an authority is valid
/// More authorities than this in a bundle come from replicas that restart in a loop.
constexpr std::size_t kAuthoritiesMax = 8;
constexpr int kRenewalPart = 10;

bool is_address(const std::string& host) {
  return host.find(':') != std::string::npos ||
         (!host.empty() && host.find_first_not_of("0123456789.") == std::string::npos);
}

/// Addresses have many spellings, so they are only counted.
std::vector<std::string> names_of(const std::vector<std::string>& hosts) {
  std::vector<std::string> names;
  for (const std::string& host : hosts) names.push_back(is_address(host) ? "address" : host);
  std::ranges::sort(names);
  return names;
}

bool is_usable_authority(const Credentials& credentials, const LeafWish& wish, tls::WallTime now) {
  if (credentials.authority_key == nullptr) return false;
  if (!tls::check_key_pair(credentials.authority_certificate,
                           credentials.authority_key->expose())) {  // OpenSSL parses the key
    return false;
  }
  const auto facts = tls::read_certificate(credentials.authority_certificate);
  return facts && facts->not_before <= now && now + 2 * wish.life < facts->not_after;
}

bool is_usable_leaf(const Credentials& credentials, const LeafWish& wish, tls::WallTime now) {
  if (credentials.leaf_key == nullptr) return false;
  if (!tls::check_key_pair(credentials.leaf_certificate,
                           credentials.leaf_key->expose())) {  // OpenSSL parses the key
    return false;
  }
  const auto facts = tls::read_certificate(credentials.leaf_certificate);
  return facts && names_of(facts->hosts) == names_of(wish.hosts) &&
         now < renewal_of(credentials.leaf_certificate) &&
         tls::why_untrusted(credentials.leaf_certificate, credentials.authority_certificate, now)
             .empty();
}

std::vector<std::string> living_authorities(std::string_view present, tls::WallTime now) {
  std::vector<std::string> living;
  for (std::string& pem : tls::split_certificates(present)) {
    const auto facts = tls::read_certificate(pem);
    if (facts && now < facts->not_after) living.push_back(std::move(pem));
  }
  if (living.size() > kAuthoritiesMax) {
    living.erase(living.begin(), living.end() - kAuthoritiesMax);
  }
  return living;
}

/// Every leaf of an older authority was made before this one was.
bool has_outlived_others(const std::string& authority, const BundleRule& rule) {
  const auto facts = tls::read_certificate(authority);
  return facts && rule.now > facts->not_before + kClockSkew + rule.leaf_life + rule.leaf_life / kRenewalPart;
}

std::vector<std::string> worth_keeping(const std::vector<std::string>& living,
                                       const BundleRule& rule) {
  if (rule.keep_all) {
    const std::size_t drop = living.size() < kAuthoritiesMax ? 0 : 1;  // room for ours
    return {living.begin() + static_cast<std::ptrdiff_t>(drop), living.end()};
  }
  std::vector<std::string> kept;
  for (const std::string& pem : living) {
    const bool signed_served = !rule.served_leaf.empty() &&
                               tls::why_untrusted(rule.served_leaf, pem, rule.now).empty();
    // compat: the last one stays in any case (spec/injector.md 6.3).
    if (signed_served || &pem == &living.back()) kept.push_back(pem);
  }
  return kept;
}

std::string concatenate(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

}  // namespace

Missing what_is_missing(const Credentials& credentials, const LeafWish& wish, tls::WallTime now) {
  if (!is_usable_authority(credentials, wish, now)) return Missing::Authority;
  return is_usable_leaf(credentials, wish, now) ? Missing::Nothing : Missing::Leaf;
}

tls::WallTime renewal_of(const std::string& leaf_certificate) {
  const auto facts = tls::read_certificate(leaf_certificate);
  if (!facts) return {};
  return facts->not_after - (facts->not_after - facts->not_before) / kRenewalPart;
}

std::string merge_bundle(std::string_view present, const std::string& authority,
                         const BundleRule& rule) {
  std::vector<std::string> living = living_authorities(present, rule.now);
  if (std::ranges::find(living, authority) != living.end()) {
    if (!rule.keep_all && has_outlived_others(authority, rule)) return authority;
    return concatenate(living);
  }
  std::vector<std::string> bundle = worth_keeping(living, rule);
  bundle.push_back(authority);
  return concatenate(bundle);
}

}  // namespace leasehold::injector
