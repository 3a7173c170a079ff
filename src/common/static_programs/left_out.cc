// What the static programs do without. A program that is linked statically takes along all that a table
// of a library names, used or not. Each function here stands in the place of one that only fills or
// serves such a table, so that the linker leaves out what hangs on it: 340 kB of the agent.
// Names that a later version of a library lacks do no harm: nobody refers to them then.
#include <cstdlib>
#include <initializer_list>

#include <openssl/evp.h>

extern "C" {

// OpenSSL's list of names for its older interface, filled when the library starts. Fetching by name, TLS
// and X.509 do not need it beyond these; private keys in PEM may be encrypted with the ciphers.
// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's name.
void openssl_add_all_ciphers_int() {
  for (const EVP_CIPHER* cipher : {EVP_aes_128_cbc(), EVP_aes_192_cbc(), EVP_aes_256_cbc(), EVP_aes_128_gcm(),
                                   EVP_aes_256_gcm(), EVP_chacha20_poly1305(), EVP_des_ede3_cbc()}) {
    EVP_add_cipher(cipher);
  }
}

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's name.
void openssl_add_all_digests_int() {
  for (const EVP_MD* digest : {EVP_md5(), EVP_md5_sha1(), EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(),
                               EVP_sha512(), EVP_sha512_224(), EVP_sha512_256()}) {
    EVP_add_digest(digest);
  }
}

// libcrypt's methods besides bcrypt, which alone templates offer. It calls a method by the prefix of a
// setting, and ours is always $2a$.
// NOLINTBEGIN(readability-identifier-naming): libcrypt's names.
#define LEFT_OUT(method)                                          \
  void _crypt_crypt_##method##_rn();                              \
  void _crypt_crypt_##method##_rn() { std::abort(); }             \
  void _crypt_gensalt_##method##_rn();                            \
  void _crypt_gensalt_##method##_rn() { std::abort(); }
LEFT_OUT(bigcrypt)
LEFT_OUT(bsdicrypt)
LEFT_OUT(descrypt)
LEFT_OUT(gost_yescrypt)
LEFT_OUT(md5crypt)
LEFT_OUT(nt)
LEFT_OUT(scrypt)
LEFT_OUT(sha1crypt)
LEFT_OUT(sha256crypt)
LEFT_OUT(sha512crypt)
LEFT_OUT(sunmd5)
LEFT_OUT(yescrypt)
#undef LEFT_OUT
// NOLINTEND(readability-identifier-naming)

}  // extern "C"

namespace __gnu_cxx {

// libstdc++'s own prints the demangled type of the exception, and brings the demangler for it. main()
// catches and prints what can be said; what ends here ends without a word.
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): libstdc++'s name.
void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx
