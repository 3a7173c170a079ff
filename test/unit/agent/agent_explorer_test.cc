// Walks every order of what can happen to a pod: init and sidecar, crashes, revocations, outages, expiry,
// to a depth (LEASEHOLD_DEPTH, 3 by default), with the whole agent in virtual time, without and with a state file.
// After each walk the weather is fine, and soon afterwards the password works, one lease is left, and nothing was
// wasted.
#include <cstdlib>

#include <gtest/gtest.h>

#include "support/agent_simulation.h"
#include "support/killable_pod.h"

namespace leasehold::agent {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr test::SimulatedVault::Settings kSettings{
    .token_ttl = seconds(120), .token_max = minutes(30), .lease_ttl = seconds(60), .lease_max = minutes(5)};

/// A pod: an init container first, then the sidecar.
struct Pod {
  Pod() : simulation(kSettings) {
    simulation.config.exit_after_auth = true;
    simulation.start();
  }

  void next_container() {
    if (!simulation.config.exit_after_auth || !simulation.end || simulation.end->exit_code != 0) return;
    simulation.config.exit_after_auth = false;
    simulation.restart();
    ++starts;
  }

  void crash() {
    // An init container that is done is not started again.
    if (simulation.config.exit_after_auth && simulation.end && simulation.end->exit_code == 0) return;
    simulation.restart();
    ++starts;
  }

  void away(seconds time) {
    simulation.vault.down = true;
    simulation.pass(time);
    simulation.vault.down = false;
  }

  Simulation simulation;
  std::size_t starts = 1;
};

struct Event {
  char letter;
  void (*happen)(Pod& pod);
  bool costs_login;  ///< at most one login and one lease more
  bool costs_lease;
};

const Event kEvents[] = {
    {'n', [](Pod& pod) { pod.next_container(); }, false, false},  // counted as a start
    {'c', [](Pod& pod) { pod.crash(); }, false, false},
    {'l', [](Pod& pod) { pod.simulation.vault.revoke_all_leases(); }, false, true},
    {'t', [](Pod& pod) { pod.simulation.vault.revoke_all_tokens(); }, true, true},
    {'d', [](Pod& pod) { pod.away(seconds(20)); }, false, false},
    {'e', [](Pod& pod) { pod.away(seconds(200)); }, true, true},  // everything expires meanwhile
    {'w', [](Pod& pod) { pod.simulation.pass(seconds(7)); }, false, false},
    {'p', [](Pod& pod) { pod.simulation.pass(seconds(70)); }, false, false},
};

/// What is wrong after the events of the walk, "" when nothing is.
std::string walk(const std::string& letters) {
  Pod pod;
  auto& vault = pod.simulation.vault;
  std::size_t logins = 0;
  std::size_t leases = 0;
  for (const char letter : letters) {
    for (const Event& event : kEvents) {
      if (event.letter != letter) continue;
      event.happen(pod);
      logins += event.costs_login ? 1 : 0;
      leases += event.costs_lease ? 1 : 0;
    }
  }
  pod.simulation.pass(seconds(15));
  pod.next_container();
  pod.simulation.pass(seconds(15));
  if (pod.simulation.end) return "the agent ended: " + pod.simulation.end->error;
  if (!pod.simulation.file_works()) return "no working password 15 s after the last event";
  if (vault.logins() > pod.starts + logins) return std::to_string(vault.logins()) + " logins";
  // A walk lasts at most 200 s a letter, and a lease five minutes.
  const std::size_t rotations = letters.size();
  if (vault.credentials_made() > pod.starts + logins + leases + rotations) {
    return std::to_string(vault.credentials_made()) + " leases made";
  }
  // What nobody renews any more ends by itself.
  pod.simulation.pass(seconds(125));
  if (vault.live_leases() == 0 || vault.live_leases() > 2) return std::to_string(vault.live_leases()) + " leases alive";
  pod.simulation.stop();
  return "";
}

std::size_t depth() {
  const char* text = std::getenv("LEASEHOLD_DEPTH");
  return text == nullptr ? 3 : static_cast<std::size_t>(std::strtoul(text, nullptr, 10));
}

// The same with a state file: containers are killed, and hand over.

struct StatefulPod {
  StatefulPod() : pod(kSettings) { pod.start(/*as_init=*/true); }

  [[nodiscard]] bool init_is_done() const { return is_init && pod.end && pod.end->exit_code == 0; }

  void next_container() {
    if (!init_is_done()) return;
    pod.stop();
    is_init = false;
    pod.start();
  }

  /// SIGKILL at its next request, which the server still heard or not; or between requests.
  enum class Moment { Heard, Unheard, Idle };
  void kill(Moment when) {
    if (init_is_done()) return;
    if (when != Moment::Idle) {
      pod.kill_at(pod.vault.script().seen.size() + 1, when == Moment::Heard);
      for (int i = 0; i < 120 && !pod.was_killed(); ++i) pod.pass(seconds(1));
    }
    pod.bury();
    pod.start(is_init);
  }

  void away(seconds time) {
    pod.vault.down = true;
    pod.pass(time);
    pod.vault.down = false;
  }

  KillablePod pod;
  bool is_init = true;
};

struct StatefulEvent {
  char letter;
  void (*happen)(StatefulPod& pod);
  bool costs_login;  ///< at most one login and one lease more
  bool costs_lease;
};

// A request that was cut off may have made a lease that nobody knows of: one login more, and the old one goes.
const StatefulEvent kStatefulEvents[] = {
    {'n', [](StatefulPod& one) { one.next_container(); }, false, false},
    {'k', [](StatefulPod& one) { one.kill(StatefulPod::Moment::Heard); }, true, true},
    {'u', [](StatefulPod& one) { one.kill(StatefulPod::Moment::Unheard); }, true, true},
    {'i', [](StatefulPod& one) { one.kill(StatefulPod::Moment::Idle); }, false, false},
    {'l', [](StatefulPod& one) { one.pod.vault.revoke_all_leases(); }, false, true},
    {'t', [](StatefulPod& one) { one.pod.vault.revoke_all_tokens(); }, true, true},
    {'d', [](StatefulPod& one) { one.away(seconds(20)); }, false, false},
    {'e', [](StatefulPod& one) { one.away(seconds(200)); }, true, true},
    {'w', [](StatefulPod& one) { one.pod.pass(seconds(7)); }, false, false},
    {'p', [](StatefulPod& one) { one.pod.pass(seconds(70)); }, false, false},
};

std::string stateful_walk(const std::string& letters) {
  StatefulPod one;
  auto& vault = one.pod.vault;
  std::size_t logins = 1;
  std::size_t leases = 1 + letters.size();  // rotations, as above
  for (const char letter : letters) {
    for (const StatefulEvent& event : kStatefulEvents) {
      if (event.letter != letter) continue;
      event.happen(one);
      logins += event.costs_login ? 1 : 0;
      leases += event.costs_lease ? 1 : 0;
    }
  }
  one.pod.pass(seconds(15));
  // While an init container is done and the sidecar waits, nobody renews.
  one.next_container();
  one.pod.pass(seconds(15));
  if (one.pod.end) return "the agent ended: " + one.pod.end->error;
  if (!one.pod.file_works()) return "no working password 15 s after the last event";
  const auto lost_while_nobody_ran = std::min<std::size_t>(letters.size(), 1);
  if (vault.logins() > logins + lost_while_nobody_ran) return std::to_string(vault.logins()) + " logins";
  if (vault.credentials_made() > leases + lost_while_nobody_ran) return std::to_string(vault.credentials_made()) + " leases made";
  one.pod.pass(seconds(125));
  if (vault.live_leases() == 0 || vault.live_leases() > 2) return std::to_string(vault.live_leases()) + " leases alive";
  return "";
}

template <class Events, class Walk>
void explore(const Events& events, const Walk& one_walk, std::string& letters, std::size_t left, std::size_t& walks,
             std::size_t& failures) {
  ++walks;
  if (const std::string wrong = one_walk(letters); !wrong.empty() && ++failures <= 20) ADD_FAILURE() << letters << ": " << wrong;
  if (left == 0) return;
  for (const auto& event : events) {
    letters.push_back(event.letter);
    explore(events, one_walk, letters, left - 1, walks, failures);
    letters.pop_back();
  }
}

template <class Events, class Walk>
void explore_all(const char* what, const Events& events, const Walk& one_walk) {
  std::string letters;
  std::size_t walks = 0;
  std::size_t failures = 0;
  explore(events, one_walk, letters, depth(), walks, failures);
  std::printf("%s: %zu walks to depth %zu, %zu failed\n", what, walks, depth(), failures);
}

TEST(AgentExplorer, EveryOrderOfEventsEndsWell) { explore_all("without a state", kEvents, walk); }

TEST(AgentExplorer, EveryOrderOfEventsEndsWellWithAState) { explore_all("with a state", kStatefulEvents, stateful_walk); }

}  // namespace
}  // namespace leasehold::agent
