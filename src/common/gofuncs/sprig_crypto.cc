// Sprig's passwords and AES (spec 12.9).
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include <crypt.h>
#include <openssl/evp.h>

#include "context.h"
#include "digest.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/secret_string.h"
#include "random.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kString;
using gotemplate::kUint32;

constexpr int kBcryptCost = 10;
constexpr std::size_t kBcryptBytesMax = 72;
constexpr std::size_t kBlockBytes = 16;

/// compat: mistakes come back as the result, golden/templates/sprig_crypto
std::string bcrypt_text(std::string_view password) {
  if (password.size() > kBcryptBytesMax) {
    return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
  }
  const std::string random = random_bytes(kBlockBytes);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  crypt_gensalt_rn("$2a$", kBcryptCost, random.data(), static_cast<int>(random.size()), setting.data(),
                   static_cast<int>(setting.size()));
  auto data = std::make_unique<crypt_data>();
  const SecretString phrase(password);
  SecretBytes terminated(phrase.expose().begin(), phrase.expose().end());
  terminated.push_back('\0');
  const char* hash = crypt_r(terminated.data(), setting.data(), data.get());
  std::string out = hash == nullptr ? "failed to encrypt string with bcrypt" : hash;
  wipe(data.get(), sizeof(crypt_data));
  return out;
}

Result<Value> bcrypt(Call& call) { return Value::string(bcrypt_text(call.text(0))); }

Result<Value> htpasswd(Call& call) {
  const std::string user(call.text(0));
  if (user.find(':') != std::string::npos) return Value::string("invalid username: " + user);
  return Value::string(user + ":" + bcrypt_text(call.text(1)));
}

// --- derivePassword: the Master Password algorithm

struct PasswordKind {
  std::string_view name;
  std::string_view templates;  ///< separated by spaces
};

constexpr PasswordKind kPasswordKinds[] = {
    {"maximum", "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno"},
    {"long",
     "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv "
     "CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv "
     "CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno"},
    {"medium", "CvcnoCvc CvcCvcno"},
    {"short", "Cvcn"},
    {"basic", "aaanaaan aannaaan aaannaaa"},
    {"pin", "nnnn"},
};

struct CharacterClass {
  char letter;
  std::string_view members;
};

constexpr CharacterClass kClasses[] = {
    {'V', "AEIOU"},
    {'C', "BCDFGHJKLMNPQRSTVWXYZ"},
    {'v', "aeiou"},
    {'c', "bcdfghjklmnpqrstvwxyz"},
    {'A', "AEIOUBCDFGHJKLMNPQRSTVWXYZ"},
    {'a', "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"},
    {'n', "0123456789"},
    {'o', "@&%?,=[]_:-+*$#!'^~;()/."},
    {'x', "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()"},
};

std::string big_endian(std::uint64_t number) {
  std::string bytes(4, '\0');
  for (std::size_t index = 0; index < 4; ++index) bytes[3 - index] = static_cast<char>(number >> (8 * index));
  return bytes;
}

std::string master_key(std::string_view password, const std::string& salt) {
  constexpr std::uint64_t kCost = 32768;
  constexpr std::uint64_t kMemoryMax = 64UL * 1024 * 1024;
  std::string key(64, '\0');
  const int done = EVP_PBE_scrypt(password.data(), password.size(),
                                  reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), kCost, 8, 2,
                                  kMemoryMax, reinterpret_cast<unsigned char*>(key.data()), key.size());
  LH_ASSERT(done == 1);
  return key;
}

std::string_view nth_word(std::string_view words, std::size_t index) {
  for (; index > 0; --index) words.remove_prefix(words.find(' ') + 1);
  return words.substr(0, words.find(' '));
}

Result<Value> derive_password(Call& call) {
  const auto* kind = std::begin(kPasswordKinds);
  while (kind != std::end(kPasswordKinds) && kind->name != call.text(1)) ++kind;
  if (kind == std::end(kPasswordKinds)) {
    return Value::string("cannot find password template " + std::string(call.text(1)));
  }
  static constexpr std::string_view kScope = "com.lyndir.masterpassword";
  const std::string_view user = call.text(3);
  const std::string_view site = call.text(4);
  const std::string key =
      master_key(call.text(2), std::string(kScope) + big_endian(user.size()) + std::string(user));
  const std::string seed = hmac_sha256(
      std::string(kScope) + big_endian(site.size()) + std::string(site) + big_endian(call[0].as_uint()), key);
  const auto byte = [&seed](std::size_t index) { return static_cast<std::size_t>(static_cast<unsigned char>(seed[index])); };
  const auto count = static_cast<std::size_t>(std::ranges::count(kind->templates, ' ')) + 1;
  const std::string_view shape = nth_word(kind->templates, byte(0) % count);
  std::string out;
  for (std::size_t index = 0; index < shape.size(); ++index) {
    for (const CharacterClass& one : kClasses) {
      if (one.letter == shape[index]) out.push_back(one.members[byte(index + 1) % one.members.size()]);
    }
  }
  return Value::string(out);
}

// --- AES-256-CBC

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

/// Without padding of its own: text is whole blocks.
std::string run_cipher(std::string_view text, std::string_view password, std::string_view vector, bool encrypt) {
  std::array<unsigned char, 32> key{};
  std::memcpy(key.data(), password.data(), std::min(password.size(), key.size()));
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  std::string out(text.size() + kBlockBytes, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  int rest = 0;
  EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(),
                    reinterpret_cast<const unsigned char*>(vector.data()), encrypt ? 1 : 0);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  EVP_CipherUpdate(context.get(), bytes, &size, reinterpret_cast<const unsigned char*>(text.data()),
                   static_cast<int>(text.size()));
  EVP_CipherFinal_ex(context.get(), bytes + size, &rest);
  wipe(key.data(), key.size());
  out.resize(static_cast<std::size_t>(size + rest));
  return out;
}

Result<Value> encrypt_aes(Call& call) {
  if (call.text(1).empty()) return Value::string("");
  std::string text(call.text(1));
  const std::size_t missing = kBlockBytes - text.size() % kBlockBytes;
  text.append(missing, static_cast<char>(missing));
  const std::string vector = random_bytes(kBlockBytes);
  return Value::string(base64_encode(vector + run_cipher(text, call.text(0), vector, true)));
}

Result<Value> decrypt_aes(Call& call) {
  if (call.text(1).empty()) return Value::string("");
  auto bytes = base64_decode(call.text(1));
  if (!bytes) return bytes.error();
  if (bytes->size() < kBlockBytes) {
    // The original's buffer holds three bytes for every four characters.
    const std::size_t capacity = call.text(1).size() / 4 * 3;
    return invalid("runtime error: slice bounds out of range [:16] with capacity " + std::to_string(capacity));
  }
  const std::string_view rest = std::string_view(*bytes).substr(kBlockBytes);
  if (rest.size() % kBlockBytes != 0) return invalid("crypto/cipher: input not full blocks");
  if (rest.empty()) return invalid("runtime error: index out of range [-1]");
  std::string text = run_cipher(rest, call.text(0), std::string_view(*bytes).substr(0, kBlockBytes), false);
  const std::size_t padding = static_cast<unsigned char>(text.back());
  if (padding > text.size()) {
    return invalid("runtime error: slice bounds out of range [:-" + std::to_string(padding - text.size()) + "]");
  }
  text.resize(text.size() - padding);
  return Value::string(text);
}

// clang-format off
constexpr Function kSprigCrypto[] = {
    {"sprig_bcrypt",         types<kString>,                                      false, &bcrypt,          "bcrypt hash of a password"},
    {"sprig_htpasswd",       types<kString, kString>,                             false, &htpasswd,        "user and bcrypt hash"},
    {"sprig_derivePassword", types<kUint32, kString, kString, kString, kString>,  false, &derive_password, "password of counter, kind, password, user, site"},
    {"sprig_encryptAES",     types<kString, kString>,                             false, &encrypt_aes,     "AES-256-CBC in base64"},
    {"sprig_decryptAES",     types<kString, kString>,                             false, &decrypt_aes,     "text of encryptAES"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_crypto() { return kSprigCrypto; }

}  // namespace leasehold::gofuncs
