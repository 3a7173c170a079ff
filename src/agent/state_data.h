// What survives a restart: the token, the leases and the answers that belong to them, and what was under
// way when the file was written. One JSON object; docs/agent-operations.md describes it.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/vault/answer.h"

namespace leasehold::agent {

using runtime::Clock;

/// Whose state it is: server, login and the identity in the pod's token, by name. A state of anybody
/// else is not used.
using StateBinding = std::map<std::string, std::string, std::less<>>;

struct SavedToken {
  SecretString value;
  std::string accessor;
  bool renewable = false;
  std::chrono::seconds granted{0};  ///< 0: without end
  Clock::WallTime granted_at{};
};

/// A secret with a lease, or one that was made for us.
struct SavedSecret {
  std::string name;   ///< of the dependency
  SecretString body;  ///< of the server's answer
  std::string lease_id;
  std::chrono::seconds granted{0};  ///< by the last answer
  Clock::WallTime granted_at{};
  Clock::WallTime due_at{};       ///< without a renewable lease: to be read anew
  bool under_old_token = false;  ///< its token was replaced: it ends soon
};

/// A lease whose secret has been replaced, and that is to be given up.
struct SavedDrain {
  std::string lease_id;
  Clock::WallTime until{};
};

struct StateData {
  StateBinding binding;
  std::optional<SavedToken> token;
  std::vector<SavedSecret> secrets;
  /// Reads that may make a lease and whose answer is not written yet.
  std::vector<std::string> pending;
  /// Tokens that may hold leases which nobody knows of; to be revoked when their successor has
  /// rendered everything.
  std::vector<SecretString> superseded;
  std::vector<SavedDrain> drains;
};

SecretString format_state(const StateData& state);
/// Error (Invalid): names what is wrong, without content.
Result<StateData> parse_state(std::string_view text);

/// The part of a saved state that its reader goes on with. Pure.
/// A state with pending reads is not gone on with: a lease may have been made that nobody knows of.
/// Its token is superseded, and everything is read anew under another.
struct Resumption {
  StateData state;     ///< what holds from now on
  std::string reason;  ///< why the saved token is not used; "" when it is
};
Resumption plan_resumption(StateData saved, const StateBinding& own, Clock::WallTime wall_now);

/// What a look-up of the saved token says about it.
enum class KeptToken {
  Lives,
  Dead,     ///< log in anew
  Unknown,  ///< the server is away or busy: ask again
};
KeptToken judge_kept_token(const Result<vault::Answer>& answer);

/// The claims of a Kubernetes token that say whose it is: namespace, service_account, pod, pod_uid, subject. Empty
/// when the text is no JWT. The signature is the server's affair.
StateBinding claims_of(std::string_view jwt);

}  // namespace leasehold::agent
