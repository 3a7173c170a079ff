#include "token_holder.h"

namespace leasehold::agent {

void TokenHolder::replace(SecretString text, bool wrapped) {
  const std::uint64_t generation = current_ ? current_->generation + 1 : 1;
  previous_end_ = usable() ? end_ : runtime::Clock::TimePoint{};
  end_ = {};
  current_ = Token{std::make_shared<const SecretString>(std::move(text)), generation, wrapped};
  changed_.notify_all();
}

void TokenHolder::set(SecretString token) { replace(std::move(token), /*wrapped=*/false); }
void TokenHolder::set_wrapped(SecretString wrap_info) { replace(std::move(wrap_info), /*wrapped=*/true); }

void TokenHolder::report_dead(std::uint64_t generation) {
  if (!current_ || generation != current_->generation || dead_generation_ == generation) return;
  dead_generation_ = generation;
  died_.notify_all();
}

net::awaitable<std::optional<Token>> TokenHolder::wait_usable() {
  while (!usable()) {
    if (!co_await changed_.wait()) co_return std::nullopt;
  }
  co_return current_;
}

}  // namespace leasehold::agent
