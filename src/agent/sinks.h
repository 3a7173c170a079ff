// File sinks: where the token is written for others (spec/agent.md 4.3).
#pragma once

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config.h"
#include "context.h"
#include "leasehold/base/result.h"
#include "sink_text.h"
#include "token_holder.h"

namespace leasehold::agent {

class Sinks {
 public:
  explicit Sinks(const Context& context) : context_(context), log_(context.log.named("sink")) {}

  /// Checks each sink and that its folder can be written, with the peer's texts:
  /// `error creating file sink: error during write check: ...`.
  Result<void> prepare();
  /// Writes each new token to all sinks; a failing write is tried again every 2 s +- 1 s.
  /// Returns when cancelled, or after the first token when once is set.
  net::awaitable<void> run(TokenHolder& tokens, bool once);

 private:
  struct Sink {
    const SinkConfig& config;
    SinkText text;
  };
  net::awaitable<Result<void>> write(Sink& sink, Token token);
  net::awaitable<bool> write_until_done(Sink& sink, TokenHolder& tokens, Token token);

  const Context& context_;
  log::Logger log_;
  std::vector<Sink> sinks_;
};

}  // namespace leasehold::agent
