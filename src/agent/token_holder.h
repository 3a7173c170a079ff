// The agent's token: who needs it waits here, who finds it dead says so here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "leasehold/base/secret_string.h"
#include "leasehold/runtime/condition.h"

namespace leasehold::agent {

namespace net = boost::asio;

/// A token and its number. Numbers grow with each login; leases belong to the token of their read.
struct Token {
  std::shared_ptr<const SecretString> value;
  std::uint64_t generation = 0;
  bool wrapped = false;  ///< wrap info for the sinks alone
};

/// Single-threaded.
class TokenHolder {
 public:
  explicit TokenHolder(const net::any_io_executor& executor) : changed_(executor), died_(executor) {}

  /// A login succeeded.
  void set(SecretString token);
  /// A login with wrap_ttl succeeded: the sinks' text. It never becomes usable here.
  void set_wrapped(SecretString wrap_info);
  /// When the current token ends unless it is renewed.
  void lives_until(runtime::Clock::TimePoint end) { end_ = end; }
  /// When the token before the current one ends, and with it the leases that it holds; long ago when it
  /// is dead or there was none.
  [[nodiscard]] runtime::Clock::TimePoint previous_end() const { return previous_end_; }
  /// The server refused the token as dead. Says so once per generation; older ones are ignored.
  void report_dead(std::uint64_t generation);
  /// The lease engine replaces the token in good time: it still works until the new one is set.
  [[nodiscard]] const std::optional<Token>& current() const { return current_; }
  [[nodiscard]] bool usable() const { return current_ && !current_->wrapped && dead_generation_ != current_->generation; }
  [[nodiscard]] bool is_dead(std::uint64_t generation) const { return dead_generation_ >= generation; }

  /// A token that nobody reported dead. nullopt: cancelled.
  net::awaitable<std::optional<Token>> wait_usable();
  /// Wakes at each new token.
  runtime::Condition& changed() { return changed_; }
  /// Wakes when the current one was reported dead.
  runtime::Condition& died() { return died_; }

 private:
  void replace(SecretString text, bool wrapped);

  std::optional<Token> current_;
  std::uint64_t dead_generation_ = 0;
  runtime::Clock::TimePoint end_{};
  runtime::Clock::TimePoint previous_end_{};
  runtime::Condition changed_;
  runtime::Condition died_;
};

}  // namespace leasehold::agent
