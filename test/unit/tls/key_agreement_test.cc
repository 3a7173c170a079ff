#include "leasehold/tls/key_agreement.h"

#include <gtest/gtest.h>

#include "leasehold/base/encoding.h"

namespace leasehold::tls {
namespace {

// RFC 7748, section 6.1.
constexpr std::string_view kBobPrivate = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
constexpr std::string_view kBobPublic = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
constexpr std::string_view kAlicePublic = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

TEST(KeyAgreement, BothSidesComeToOneKey) {
  const auto alice = make_exchange_key();
  const auto bob = make_exchange_key();
  ASSERT_TRUE(alice && bob);
  ASSERT_EQ(alice->public_key.size(), 32U);
  for (const bool derive : {false, true}) {
    const auto one = agree(*alice, bob->public_key, derive);
    const auto other = agree(*bob, alice->public_key, derive);
    ASSERT_TRUE(one && other);
    EXPECT_TRUE(*one == *other) << derive;
    const auto sealed = seal(*one, "a token", "additional");
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->nonce.size(), 12U);
    EXPECT_EQ(sealed->ciphertext.size(), 7U + 16U);
    const auto text = unseal(*other, *sealed, "additional");
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(text->expose(), "a token");
    EXPECT_FALSE(unseal(*other, *sealed, "other"));
  }
}

TEST(KeyAgreement, DerivingChangesTheKey) {
  const auto alice = make_exchange_key();
  const auto bob = make_exchange_key();
  EXPECT_FALSE(*agree(*alice, bob->public_key, false) == *agree(*alice, bob->public_key, true));
}

TEST(KeyAgreement, TheSharedSecretOfRfc7748) {
  const ExchangeKey bob{SecretString(*hex_decode(kBobPrivate)), *hex_decode(kBobPublic)};
  const auto shared = agree(bob, *hex_decode(kAlicePublic), false);
  ASSERT_TRUE(shared) << shared.error().message;
  EXPECT_EQ(hex_encode(shared->expose()), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST(KeyAgreement, OddKeysAreRefused) {
  const auto own = make_exchange_key();
  EXPECT_EQ(agree(*own, "short", false).error().message, "invalid public key length: 5");
  EXPECT_FALSE(agree(*own, std::string(32, '\0'), false)) << "a point of small order gives a known secret";
  EXPECT_EQ(agree(*own, own->public_key, true).error().message, "same public key supplied for both participants");
  EXPECT_FALSE(unseal(SecretString(std::string(32, 'k')), {.nonce = "short", .ciphertext = "x"}, ""));
}

}  // namespace
}  // namespace leasehold::tls
