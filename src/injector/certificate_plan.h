// Decisions about generated certificates: what is missing, when to look again, and which
// authorities the API server has to trust meanwhile (spec/injector.md 6.3, 6.4). Pure: keys are
// made elsewhere, time comes in.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/tls/authority.h"

namespace leasehold::injector {

/// A leaf with the authority that signed it. Replicas share one through a Secret.
struct Credentials {
  std::string leaf_certificate;
  std::shared_ptr<const SecretString> leaf_key;  ///< null = none
  std::string authority_certificate;
  std::shared_ptr<const SecretString> authority_key;  ///< null when another program made the leaf
};

struct LeafWish {
  std::vector<std::string> hosts;
  std::chrono::seconds life{std::chrono::hours(24)};
};

enum class Missing { Nothing, Leaf, Authority };
/// Authority: there is none, its key does not fit, or it would not outlive another leaf.
/// Leaf: it is not the authority's, is for other hosts, or has a tenth of its life left.
Missing what_is_missing(const Credentials& credentials, const LeafWish& wish, tls::WallTime now);

/// When the leaf must be replaced: a tenth of its life before its end.
tls::WallTime renewal_of(const std::string& leaf_certificate);

struct BundleRule {
  /// Replicas that do not share a Secret have an authority each, and none knows of the others': all
  /// stay. Else older ones leave when no leaf of theirs can be valid any more.
  bool keep_all = false;
  /// What other replicas serve until they learn of the new leaf; "" = nothing is known.
  std::string_view served_leaf = {};
  std::chrono::seconds leaf_life{std::chrono::hours(24)};
  tls::WallTime now{};
};
/// The caBundle that should stand where present stands now. What is no certificate, or has ended,
/// goes; equal to present when nothing has to change.
std::string merge_bundle(std::string_view present, const std::string& authority, const BundleRule& rule);

}  // namespace leasehold::injector
