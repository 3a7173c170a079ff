// Walks every order of what can happen to a pod: init and sidecar, crashes, revocations, outages, expiry,
// to a depth (LEASEHOLD_DEPTH, 3 by default), with the whole agent in virtual time. After each walk the
// weather is fine, and soon afterwards the password works, one lease is left, and nothing was wasted.
#include <cstdlib>

#include <gtest/gtest.h>

#include "support/agent_simulation.h"

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

void explore(std::string& letters, std::size_t left, std::size_t& walks, std::size_t& failures) {
  ++walks;
  if (const std::string wrong = walk(letters); !wrong.empty() && ++failures <= 20) ADD_FAILURE() << letters << ": " << wrong;
  if (left == 0) return;
  for (const Event& event : kEvents) {
    letters.push_back(event.letter);
    explore(letters, left - 1, walks, failures);
    letters.pop_back();
  }
}

TEST(AgentExplorer, EveryOrderOfEventsEndsWell) {
  std::string letters;
  std::size_t walks = 0;
  std::size_t failures = 0;
  explore(letters, depth(), walks, failures);
  std::printf("%zu walks to depth %zu, %zu failed\n", walks, depth(), failures);
}

}  // namespace
}  // namespace leasehold::agent
