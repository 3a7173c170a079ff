// Any bytes as state, journal or JWT: what can be read is written and read again as the same text, and a
// reader that goes on with it neither crashes nor overflows.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "journal.h"
#include "state_data.h"

namespace agent = leasehold::agent;

namespace {

using leasehold::SecretString;

// The first writing replaces what is no UTF-8; from then on texts stay the same.
std::string once_more(const std::string& text) {
  const auto journal = agent::parse_journal(text);
  if (!journal) std::abort();
  return agent::format_journal(*journal);
}

SecretString once_more(SecretString text) {
  const auto state = agent::parse_state(text.expose());
  if (!state) std::abort();
  return agent::format_state(*state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto now = leasehold::runtime::Clock::WallTime(std::chrono::seconds(1'795'251'786));
  (void)agent::claims_of(text);
  if (const auto journal = agent::parse_journal(text)) {
    const std::string written = once_more(agent::format_journal(*journal));
    if (once_more(written) != written) std::abort();
    for (const auto& [path, file] : journal->files) {
      if (!agent::explain_file(*journal, path, now)) std::abort();
    }
  }
  auto state = agent::parse_state(text);
  if (!state) return 0;
  const SecretString written = once_more(agent::format_state(*state));
  if (!(once_more(written.clone()) == written)) std::abort();
  const agent::StateBinding own = state->binding;
  (void)agent::plan_resumption(*std::move(state), own, now);
  return 0;
}
