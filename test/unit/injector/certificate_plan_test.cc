// Which certificates are missing and which authorities stay (spec/injector.md 6.3, 6.4), in a time
// that the test chooses.
#include "certificate_plan.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tls_objects.h"

namespace leasehold::injector {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const tls::WallTime kNow = tls::WallTime(seconds(1'795'000'000));
const LeafWish kWish{.hosts = {"svc.vault.svc", "10.0.0.1"}, .life = hours(24)};

std::shared_ptr<const SecretString> shared(const SecretString& key) {
  return std::make_shared<const SecretString>(key.clone());
}

Credentials made_at(tls::WallTime now, const std::vector<std::string>& hosts = kWish.hosts) {
  const auto authority = *tls::make_authority(now);
  const auto leaf = *tls::issue_leaf(authority, hosts, now, kWish.life);
  return {.leaf_certificate = leaf.certificate_pem, .leaf_key = shared(leaf.key_pem),
          .authority_certificate = authority.certificate_pem, .authority_key = shared(authority.key_pem)};
}

TEST(CertificatePlanTest, WhatIsMissing) {
  const Credentials good = made_at(kNow);
  EXPECT_EQ(what_is_missing(good, kWish, kNow), Missing::Nothing);
  EXPECT_EQ(what_is_missing(good, kWish, kNow + hours(21)), Missing::Nothing);
  EXPECT_EQ(what_is_missing(good, kWish, kNow + minutes(21 * 60 + 37)), Missing::Leaf);
  EXPECT_EQ(what_is_missing(good, kWish, kNow + hours(24 * 3649)), Missing::Authority);
  EXPECT_EQ(what_is_missing({}, kWish, kNow), Missing::Authority);
  LeafWish other = kWish;
  other.hosts = {"other"};
  EXPECT_EQ(what_is_missing(good, other, kNow), Missing::Leaf);
  Credentials mixed = good;
  mixed.authority_key = made_at(kNow).authority_key;
  EXPECT_EQ(what_is_missing(mixed, kWish, kNow), Missing::Authority);
  mixed = good;
  mixed.leaf_key = made_at(kNow).leaf_key;
  EXPECT_EQ(what_is_missing(mixed, kWish, kNow), Missing::Leaf);
  mixed = good;
  mixed.leaf_certificate = made_at(kNow).leaf_certificate;
  mixed.leaf_key = made_at(kNow).leaf_key;
  EXPECT_EQ(what_is_missing(mixed, kWish, kNow), Missing::Leaf);
  mixed = good;
  mixed.authority_key = nullptr;  // what the replaced program leaves
  EXPECT_EQ(what_is_missing(mixed, kWish, kNow), Missing::Authority);
}

TEST(CertificatePlanTest, NoHostsGiveOneEmptyName) {
  LeafWish wish = kWish;
  wish.hosts = {""};
  const Credentials made = made_at(kNow, {""});
  EXPECT_EQ(what_is_missing(made, wish, kNow), Missing::Nothing);
  EXPECT_EQ(tls::read_certificate(made.leaf_certificate)->hosts, std::vector<std::string>{""});
}

TEST(BundleTest, TheFirstAndItsSuccessor) {
  const Credentials old = made_at(kNow - hours(1));
  const Credentials fresh = made_at(kNow);
  const BundleRule rule{.served_leaf = old.leaf_certificate, .now = kNow};
  EXPECT_EQ(merge_bundle("", fresh.authority_certificate, rule), fresh.authority_certificate);
  EXPECT_EQ(merge_bundle("garbage", fresh.authority_certificate, rule), fresh.authority_certificate);
  const std::string both = merge_bundle(old.authority_certificate, fresh.authority_certificate, rule);
  EXPECT_EQ(both, old.authority_certificate + fresh.authority_certificate);
  EXPECT_EQ(tls::why_untrusted(old.leaf_certificate, both, kNow), "");
  EXPECT_EQ(tls::why_untrusted(fresh.leaf_certificate, both, kNow), "");
  EXPECT_EQ(merge_bundle(both, fresh.authority_certificate, rule), both);
}

TEST(BundleTest, TheAuthorityOfTheServedLeafStaysWhateverStandsBehindIt) {
  const Credentials served = made_at(kNow - hours(2));
  const Credentials crashed = made_at(kNow - hours(1));  // published, but its leader died before it stored a leaf
  const Credentials fresh = made_at(kNow);
  const BundleRule rule{.served_leaf = served.leaf_certificate, .now = kNow};
  const std::string bundle =
      merge_bundle(served.authority_certificate + crashed.authority_certificate, fresh.authority_certificate, rule);
  EXPECT_EQ(tls::why_untrusted(served.leaf_certificate, bundle, kNow), "");
  EXPECT_EQ(tls::why_untrusted(fresh.leaf_certificate, bundle, kNow), "");
}

TEST(BundleTest, OldAuthoritiesLeaveWhenNoLeafOfTheirsCanLive) {
  const Credentials old = made_at(kNow - hours(1));
  const Credentials fresh = made_at(kNow);
  const std::string both = old.authority_certificate + fresh.authority_certificate;
  BundleRule rule{.served_leaf = fresh.leaf_certificate, .now = kNow + hours(24)};
  EXPECT_EQ(merge_bundle(both, fresh.authority_certificate, rule), both);
  rule.now = kNow + hours(27);
  EXPECT_EQ(merge_bundle(both, fresh.authority_certificate, rule), fresh.authority_certificate);
}

TEST(BundleTest, ReplicasThatShareNothingKeepEachOthers) {
  std::string bundle;
  std::vector<Credentials> all;
  const BundleRule rule{.keep_all = true, .now = kNow};
  for (int i = 0; i < 10; ++i) {
    all.push_back(made_at(kNow));
    bundle = merge_bundle(bundle, all.back().authority_certificate, rule);
  }
  EXPECT_EQ(tls::split_certificates(bundle).size(), 8U);
  for (std::size_t i = 2; i < all.size(); ++i) {
    EXPECT_EQ(merge_bundle(bundle, all[i].authority_certificate, rule), bundle);
  }
}

TEST(TlsObjectsTest, TheSecretKeepsWhatItHadAndComesBack) {
  const Credentials made = made_at(kNow);
  const auto before = nlohmann::json::parse(R"({"metadata":{"name":"x","labels":{"a":"b"}},"type":"Opaque","data":{"other":"eA=="}})");
  const auto object = write_secret(before, "vault", made);
  EXPECT_EQ(object["metadata"], before["metadata"]);
  EXPECT_EQ(object["data"]["other"], "eA==");
  EXPECT_EQ(what_is_missing(read_secret(object), kWish, kNow), Missing::Nothing);
  EXPECT_EQ(write_secret(nullptr, "vault", made)["metadata"]["name"], "vault-injector-certs");
  for (const char* odd : {"null", "[]", R"({"data":7})", R"({"data":{"cert":7,"ca":"!"}})"}) {
    EXPECT_EQ(what_is_missing(read_secret(nlohmann::json::parse(odd)), kWish, kNow), Missing::Authority) << odd;
  }
}

TEST(TlsObjectsTest, WebhookConfigurations) {
  using nlohmann::json;
  EXPECT_EQ(read_ca_bundle(json::parse("{}")), std::nullopt);
  EXPECT_EQ(read_ca_bundle(json::parse(R"({"webhooks":[]})")), std::nullopt);
  EXPECT_EQ(read_ca_bundle(json::parse(R"({"webhooks":[{"clientConfig":{}}]})")), "");
  EXPECT_EQ(read_ca_bundle(json::parse(R"({"webhooks":[{"clientConfig":{"caBundle":"UEVN"}}]})")), "PEM");
  EXPECT_EQ(ca_bundle_patch("PEM").dump(),
            R"([{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"UEVN"}])");
  EXPECT_TRUE(is_kept_by_cert_manager(json::parse(R"({"metadata":{"annotations":{"cert-manager.io/inject-ca-from":"a/b"}}})")));
  EXPECT_FALSE(is_kept_by_cert_manager(json::parse(R"({"metadata":{"annotations":{"other":"a/b"}}})")));
}

}  // namespace
}  // namespace leasehold::injector
