// A day of each scenario in virtual time, from a seed: the password in the file works whenever the
// server can serve, no server is flooded, no lease is wasted. LEASEHOLD_SEED and LEASEHOLD_HOURS in the
// environment choose another seed and another length.
#include <cstdlib>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "support/agent_simulation.h"

namespace leasehold::agent {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Forced = std::optional<Result<http::Response>>;

constexpr seconds kStep{5};

unsigned from_environment(const char* name, unsigned fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// One day's world: the simulation, chance, and whether the server can serve at this moment.
struct Day {
  explicit Day(const test::SimulatedVault::Settings& settings, unsigned seed) : simulation(settings, seed), engine(seed) {}

  /// True about once in the given time.
  bool once_in(std::chrono::seconds time) {
    return std::uniform_real_distribution<double>(0, 1)(engine) * static_cast<double>(time / kStep) < 1;
  }
  unsigned up_to(unsigned most) { return static_cast<unsigned>(engine() % (most + 1)); }
  [[nodiscard]] runtime::Clock::TimePoint now() const { return simulation.clock.now(); }

  Simulation simulation;
  std::minstd_rand engine;
  runtime::Clock::TimePoint trouble_until{};
  int left = 0;  ///< faults still to come
};

struct Scenario {
  const char* name;
  test::SimulatedVault::Settings settings;
  void (*prepare)(Day& day);  ///< before the start; null: nothing
  void (*step)(Day& day);     ///< every kStep
  seconds dead_max;           ///< longest time without a working password while the server can serve
  double users_per_hour;      ///< most credentials made
  double logins_per_hour;
  double requests_per_hour;
};

const test::SimulatedVault::Settings kUsual{
    .token_ttl = hours(1), .token_max = hours(8), .lease_ttl = seconds(60), .lease_max = hours(1)};
const test::SimulatedVault::Settings kLong{
    .token_ttl = hours(1), .token_max = hours(24), .lease_ttl = hours(1), .lease_max = hours(6)};

void nothing(Day& /*day*/) {}

// The server is in trouble for a while, about once in two hours.
bool in_trouble(Day& day, unsigned most_seconds) {
  if (day.now() >= day.trouble_until && day.once_in(hours(2))) {
    day.trouble_until = day.now() + seconds(10 + day.up_to(most_seconds));
  }
  return day.now() < day.trouble_until;
}

void answer_part(Day& day, std::string part, unsigned status, std::string body) {
  day.simulation.vault.fault = [&day, part = std::move(part), status, body = std::move(body)](const auto& request) -> Forced {
    if (day.left <= 0 || request.what.find(part) == std::string::npos) return std::nullopt;
    --day.left;
    return test::json_answer(status, body);
  };
}

void some_faults(Day& day) {
  if (day.once_in(minutes(20))) day.left = 3;
}

const Scenario kScenarios[] = {
    {"peace", kUsual, nullptr, nothing, seconds(0), 1.6, 0.3, 2000},
    {"long leases", kLong, nullptr, nothing, seconds(0), 0.5, 0.2, 1150},
    {"short maximum", {.token_ttl = hours(1), .token_max = hours(8), .lease_ttl = seconds(30), .lease_max = seconds(90)},
     nullptr, nothing, seconds(0), 60, 0.3, 2200},
    {"young tokens", {.token_ttl = seconds(60), .token_max = seconds(180), .lease_ttl = seconds(60), .lease_max = hours(1)},
     nullptr, nothing, seconds(0), 60, 40, 2300},
    {"batch tokens", {.token_ttl = minutes(10), .token_max = minutes(10), .lease_ttl = seconds(60), .lease_max = hours(1), .batch = true},
     nullptr, nothing, seconds(0), 12, 10, 2000},
    {"leases that cannot be renewed", {.token_ttl = hours(1), .token_max = hours(8), .lease_ttl = minutes(5), .renewable = false},
     nullptr, nothing, seconds(0), 16, 0.3, 1300},
    {"leases revoked", kUsual, nullptr,
     [](Day& day) {
       if (day.once_in(minutes(20))) day.simulation.vault.revoke_all_leases();
     },
     seconds(10), 7, 0.3, 2100},
    {"tokens revoked", kUsual, nullptr,
     [](Day& day) {
       if (day.once_in(minutes(30))) day.simulation.vault.revoke_all_tokens();
     },
     seconds(10), 6, 5, 2100},
    {"sealed", kUsual, nullptr, [](Day& day) { day.simulation.vault.sealed = in_trouble(day, 1200); }, seconds(15), 4, 2, 2000},
    {"down", kUsual, nullptr, [](Day& day) { day.simulation.vault.down = in_trouble(day, 1200); }, seconds(15), 4, 2, 2000},
    {"down and leases lost", kUsual, nullptr,
     [](Day& day) {
       day.simulation.vault.down = in_trouble(day, 300);
       if (day.simulation.vault.down && day.once_in(minutes(1))) day.simulation.vault.revoke_all_leases();
     },
     seconds(15), 5, 2, 2000},
    {"renewals answered 503", kUsual, [](Day& day) { answer_part(day, "renew", 503, R"({"errors":["Vault is sealed"]})"); },
     some_faults, seconds(0), 1.6, 0.3, 2100},
    {"a proxy's pages", kUsual, [](Day& day) { answer_part(day, "/v1/", 404, "<html>default backend - 404</html>"); }, some_faults,
     seconds(10), 2, 0.5, 2100},
    {"bodies cut off", kUsual, [](Day& day) { answer_part(day, "/v1/", 200, R"({"lease_id":"x","renewa)"); }, some_faults,
     seconds(10), 2, 0.5, 2100},
    {"rate limited", kUsual,
     [](Day& day) {
       day.simulation.vault.fault = [&day](const auto&) -> Forced {
         if (day.left <= 0) return std::nullopt;
         --day.left;
         auto answer = test::json_answer(429, R"({"errors":["rate limit quota exceeded"]})");
         answer->headers.set("Retry-After", "2");
         return answer;
       };
     },
     some_faults, seconds(15), 2, 0.5, 2100},
    {"slow", kLong, [](Day& day) { day.simulation.vault.script().latency = seconds(4); }, nothing, seconds(10), 0.5, 0.2, 160},
    {"a folder that comes and goes", kUsual,
     [](Day& day) { day.simulation.config.templates[0].destination = day.simulation.path("sub/password"); },
     [](Day& day) {
       const std::string folder = day.simulation.path("sub");
       if (!day.once_in(minutes(30))) return;
       std::filesystem::remove_all(folder);
       day.simulation.vault.revoke_all_leases();
     },
     seconds(10), 5, 0.3, 2100},
    {"a clock that jumps", kUsual, nullptr,
     [](Day& day) {
       if (day.once_in(hours(2))) day.simulation.clock.jump = hours(24) * (static_cast<int>(day.up_to(2)) - 1);
     },
     seconds(0), 1.6, 0.3, 2000},
};

class AgentDay : public ::testing::TestWithParam<Scenario> {};

TEST_P(AgentDay, ThePasswordWorks) {
  const Scenario& scenario = GetParam();
  const unsigned seed = from_environment("LEASEHOLD_SEED", 1);
  const hours length(from_environment("LEASEHOLD_HOURS", 24));
  Day day(scenario.settings, seed);
  if (scenario.prepare != nullptr) scenario.prepare(day);
  day.simulation.start();
  day.simulation.pass(seconds(30));
  const std::string name = day.simulation.config.templates[0].destination.substr(day.simulation.path("").size());
  seconds dead{0};
  seconds most{0};
  const auto& vault = day.simulation.vault;
  for (seconds at{0}; at < length; at += kStep) {
    scenario.step(day);
    day.simulation.pass(kStep);
    const bool can_serve = !vault.down && !vault.sealed;
    dead = vault.works(day.simulation.file(name)) || !can_serve ? seconds(0) : dead + kStep;
    most = std::max(most, dead);
  }
  EXPECT_LE(most, scenario.dead_max) << "seed " << seed;
  const auto per_hour = [&](std::size_t count) { return static_cast<double>(count - 1) / static_cast<double>(length.count()); };
  EXPECT_LE(per_hour(vault.credentials_made()), scenario.users_per_hour) << "seed " << seed;
  EXPECT_LE(per_hour(vault.logins()), scenario.logins_per_hour) << "seed " << seed;
  EXPECT_LE(per_hour(day.simulation.vault.script().seen.size()), scenario.requests_per_hour) << "seed " << seed;
  ASSERT_FALSE(day.simulation.end) << day.simulation.end->error;
  day.simulation.stop();
}

INSTANTIATE_TEST_SUITE_P(Scenarios, AgentDay, ::testing::ValuesIn(kScenarios), [](const auto& info) {
  std::string name = info.param.name;
  std::erase_if(name, [](char c) { return c == '\''; });
  std::ranges::replace(name, ' ', '_');
  return name;
});

}  // namespace
}  // namespace leasehold::agent
