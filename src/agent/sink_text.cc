#include "sink_text.h"

#include <utility>

#include "leasehold/base/encoding.h"
#include "leasehold/base/limits.h"
#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

constexpr const char* kWrap = "sys/wrapping/wrap";

/// {"curve25519_public_key":"<base64>"}, and nothing else is of interest.
class PublicKeyReader final : public json::Visitor {
 public:
  std::string take() { return std::move(text_); }

  bool null_value() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number(std::string_view /*literal*/) override { return true; }
  bool string(std::string_view value) override {
    if (depth_ == 1 && wanted_) text_ = value;
    return true;
  }
  bool key(std::string_view name) override {
    wanted_ = name == "curve25519_public_key";
    return true;
  }
  bool begin_object() override { return ++depth_ > 0; }
  bool end_object() override { return --depth_ >= 0; }
  bool begin_array() override { return ++depth_ > 0; }
  bool end_array() override { return --depth_ >= 0; }

 private:
  std::string text_;
  int depth_ = 0;
  bool wanted_ = false;
};

Result<std::string> read_public_key(const std::string& path) {
  const auto file = runtime::read_file(path, limits::kTokenFileBytesMax);
  if (!file) {
    if (file.error().kind == ErrorKind::NotFound) {
      return not_found("no dh parameters file found, and no cached pub key: the reader must leave its public key at " + path);
    }
    return file.error().in("error reading file for dh parameters");
  }
  PublicKeyReader reader;
  if (auto read = json::read(*file, reader); !read) return read.error().in("error decoding public key");
  auto key = base64_decode(reader.take());
  if (!key) return key.error().in("error decoding public key");
  if (key->empty()) return invalid("public key is nil: " + path + " holds no curve25519_public_key");
  return key;
}

}  // namespace

net::awaitable<Result<SecretString>> SinkText::of(Token token) {
  SecretString text = token.value->clone();
  if (sink_.wrap_ttl.count() > 0) {
    auto wrapped = co_await wrap(token);
    if (!wrapped) co_return wrapped.error().in("error wrapping token");
    text = *std::move(wrapped);
  }
  if (sink_.dh_type.empty()) co_return text;
  auto encrypted = encrypt(text);
  if (!encrypted) co_return encrypted.error();
  co_return encrypted;
}

net::awaitable<Result<SecretString>> SinkText::wrap(Token token) {
  json::ObjectWriter body;
  body.member("token", token.value->expose());  // expose(): into the body of the request
  vault::Call call{.method = "PUT", .path = kWrap, .query = {}, .body = body.finish(), .wrap_ttl = sink_.wrap_ttl};
  const auto answer = co_await context_.login_client.send(std::move(call), token.value.get());
  if (!answer) co_return answer.error();
  if (!answer->ok()) co_return context_.login_client.failure_of(*answer, "PUT", kWrap);
  if (!answer->wrap_info || answer->wrap_info->token.empty()) co_return transient("nil wrap info found");
  co_return vault::wrap_info_text(*answer->wrap_info);
}

Result<void> SinkText::make_key() {
  const auto peer = read_public_key(sink_.dh_path);
  if (!peer) return peer.error();
  if (!own_) {
    auto made = tls::make_exchange_key();
    if (!made) return made.error().in("error generating pub/pri curve25519 keys");
    own_ = *std::move(made);
  }
  auto key = tls::agree(*own_, *peer, sink_.derive_key);
  if (!key) return key.error().in("error calculating shared key");
  key_ = *std::move(key);
  return {};
}

Result<SecretString> SinkText::encrypt(const SecretString& text) {
  if (!key_) {
    if (auto made = make_key(); !made) return made.error();
  }
  std::string aad = sink_.aad;
  if (!sink_.aad_env_var.empty()) aad = context_.environment(sink_.aad_env_var).value_or("");
  auto sealed = tls::seal(*key_, text.expose(), aad);  // expose(): into the cipher
  if (!sealed) return sealed.error().in("error encrypting with shared key");
  json::ObjectWriter envelope;
  envelope.member("curve25519_public_key", base64_encode(own_->public_key))
      .member("nonce", base64_encode(sealed->nonce))
      .member("encrypted_payload", base64_encode(sealed->ciphertext));
  SecretString line = envelope.finish();
  line.append("\n");
  return line;
}

}  // namespace leasehold::agent
