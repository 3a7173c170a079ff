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

template <class World>
struct EventOf {
  char letter;
  void (*happen)(World& world);
  bool costs_login;  ///< at most one login and one lease more
  bool costs_lease;
};

const EventOf<Pod> kEvents[] = {
    {'n', [](Pod& pod) { pod.next_container(); }, false, false},  // counted as a start
    {'c', [](Pod& pod) { pod.crash(); }, false, false},
    {'l', [](Pod& pod) { pod.simulation.vault.revoke_all_leases(); }, false, true},
    {'t', [](Pod& pod) { pod.simulation.vault.revoke_all_tokens(); }, true, true},
    {'d', [](Pod& pod) { pod.away(seconds(20)); }, false, false},
    {'e', [](Pod& pod) { pod.away(seconds(200)); }, true, true},  // everything expires meanwhile
    {'w', [](Pod& pod) { pod.simulation.pass(seconds(7)); }, false, false},
    {'p', [](Pod& pod) { pod.simulation.pass(seconds(70)); }, false, false},
};

/// How many logins and leases a walk may cost.
struct Allowance {
  std::size_t logins = 0;
  std::size_t leases = 0;
};

/// Lets the events of the walk happen; what they cost.
template <class World, std::size_t N>
Allowance play(const EventOf<World> (&events)[N], World& world, const std::string& letters) {
  Allowance cost;
  for (const char letter : letters) {
    for (const EventOf<World>& event : events) {
      if (event.letter != letter) continue;
      event.happen(world);
      cost.logins += event.costs_login ? 1 : 0;
      cost.leases += event.costs_lease ? 1 : 0;
    }
  }
  return cost;
}

/// What is wrong 15 s after the last event, "" when nothing is. World: a simulated agent and its server.
template <class World>
std::string judge(World& world, const Allowance& allowed) {
  auto& vault = world.vault;
  if (world.end) return "the agent ended: " + world.end->error;
  if (!world.file_works()) return "no working password 15 s after the last event";
  if (vault.logins() > allowed.logins) return std::to_string(vault.logins()) + " logins";
  if (vault.credentials_made() > allowed.leases) return std::to_string(vault.credentials_made()) + " leases made";
  // What nobody renews any more ends by itself.
  world.pass(seconds(125));
  if (vault.live_leases() == 0 || vault.live_leases() > 2) return std::to_string(vault.live_leases()) + " leases alive";
  return "";
}

std::string walk(const std::string& letters) {
  Pod pod;
  Allowance allowed = play(kEvents, pod, letters);
  pod.simulation.pass(seconds(15));
  pod.next_container();
  pod.simulation.pass(seconds(15));
  // A walk lasts at most 200 s a letter, and a lease five minutes: a rotation a letter.
  allowed.leases += allowed.logins + pod.starts + letters.size();
  allowed.logins += pod.starts;
  std::string wrong = judge(pod.simulation, allowed);
  if (wrong.empty()) pod.simulation.stop();
  return wrong;
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

// A request that was cut off may have made a lease that nobody knows of: one login more, and the old one goes.
const EventOf<StatefulPod> kStatefulEvents[] = {
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
  Allowance allowed = play(kStatefulEvents, one, letters);
  one.pod.pass(seconds(15));
  // While an init container is done and the sidecar waits, nobody renews.
  one.next_container();
  one.pod.pass(seconds(15));
  const auto lost_while_nobody_ran = std::min<std::size_t>(letters.size(), 1);
  allowed.logins += 1 + lost_while_nobody_ran;
  allowed.leases += 1 + letters.size() + lost_while_nobody_ran;  // rotations, as above
  return judge(one.pod, allowed);
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
