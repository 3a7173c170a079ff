// What a sink's file holds: the token as it is, wrapped, encrypted, or both in this order
// (spec/agent.md 4.3).
#pragma once

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "config.h"
#include "context.h"
#include "leasehold/base/result.h"
#include "leasehold/tls/key_agreement.h"
#include "token_holder.h"

namespace leasehold::agent {

/// One sink's text; keeps the keys of an encrypted one from token to token.
class SinkText {
 public:
  SinkText(const Context& context, const SinkConfig& sink) : context_(context), sink_(sink) {}

  /// Errors name the file or the request, never the token: `no dh parameters file found, and no cached
  /// pub key`, `error wrapping token: ...`. All may pass.
  net::awaitable<Result<SecretString>> of(Token token);

 private:
  net::awaitable<Result<SecretString>> wrap(Token token);
  Result<SecretString> encrypt(const SecretString& text);
  Result<void> make_key();

  const Context& context_;
  const SinkConfig& sink_;
  std::optional<tls::ExchangeKey> own_;  ///< made once, as the reader keeps what he agreed to
  std::optional<SecretString> key_;
};

}  // namespace leasehold::agent
