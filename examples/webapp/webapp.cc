// The demo's application: workers that query PostgreSQL all the time over a pool, with the login
// that stands in a file. Every failed query is counted, also when a later try succeeds. Prints one
// JSON object a line on stdout: "credentials" when a new login was read, "first_query" when the
// first query with it succeeded, "failed" for each failure, "stats" five times a second.
// Environment: DB_CREDENTIALS_FILE DB_HOST DB_PORT DB_NAME, DB_USERNAME DB_PASSWORD (the first
// login, as sourced by the shell), WEBAPP_CONNECTIONS (4), WEBAPP_PAUSE_MS (50, between two queries
// of a worker).
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "credentials.h"
#include "pool.h"

namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 20ms;   // at the credentials file
constexpr auto kStatsEvery = 200ms;
constexpr auto kAfterFailure = 100ms;

std::atomic<bool> g_stop{false};

void stop(int) { g_stop = true; }

std::string setting(const char* name, const std::string& fallback) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

double now_seconds() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

/// Counts outcomes and prints events; the one place that the workers share beside the pool.
class Report {
 public:
  void add(const webapp::Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    ++(outcome.ok ? succeeded_ : failed_);
    if (outcome.ok && outcome.username != last_user_) {
      // Workers may still hold connections of the former login for a moment.
      if (outcome.username == current_user_) {
        last_user_ = outcome.username;
        print("first_query", ",\"user\":" + json_text(outcome.username));
      }
    }
    if (!outcome.ok) {
      print("failed", ",\"user\":" + json_text(outcome.username) + ",\"error\":" + json_text(outcome.error));
    }
  }

  void credentials(const std::string& username) {
    const std::lock_guard lock(mutex_);
    current_user_ = username;
    print("credentials", ",\"user\":" + json_text(username));
  }

  void stats() {
    const std::lock_guard lock(mutex_);
    print("stats", "");
  }

 private:
  void print(const char* event, const std::string& more) const {
    std::printf("{\"t\":%.3f,\"event\":\"%s\",\"ok\":%lu,\"failures\":%lu%s}\n", now_seconds(), event,
                succeeded_, failed_, more.c_str());
    std::fflush(stdout);
  }

  std::mutex mutex_;
  unsigned long succeeded_ = 0;
  unsigned long failed_ = 0;
  std::string current_user_;
  std::string last_user_;
};

/// One worker: a write and a read by turns, as a web application does.
void work(webapp::Pool& pool, Report& report, std::string name, std::chrono::milliseconds pause) {
  for (unsigned long round = 0; !g_stop; ++round) {
    const bool write = round % 2 == 0;
    const webapp::Outcome outcome =
        write ? pool.run("INSERT INTO visits (worker, round) VALUES ($1, $2)", {name, std::to_string(round)})
              : pool.run("SELECT max(round) FROM visits WHERE worker = $1", {name});
    report.add(outcome);
    std::this_thread::sleep_for(outcome.ok ? pause : kAfterFailure);
  }
}

/// Looks at the file until the end; hands each new login to the pool.
void follow_credentials(const std::string& path, webapp::Credentials known, webapp::Pool& pool, Report& report) {
  auto next_stats = std::chrono::steady_clock::now();
  while (!g_stop) {
    if (auto found = webapp::read_credentials(path); found && *found != known) {
      known = *std::move(found);
      report.credentials(known.username);
      pool.set_credentials(known);
    }
    if (std::chrono::steady_clock::now() >= next_stats) {
      report.stats();
      next_stats += kStatsEvery;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace

int main() {
  std::signal(SIGTERM, stop);
  std::signal(SIGINT, stop);
  const std::string path = setting("DB_CREDENTIALS_FILE", "/vault/secrets/db-creds");
  const webapp::Credentials first{setting("DB_USERNAME", ""), setting("DB_PASSWORD", "")};
  if (first.username.empty() || first.password.empty()) {
    std::fprintf(stderr, "webapp: DB_USERNAME and DB_PASSWORD are not set: source %s first\n", path.c_str());
    return 64;
  }
  const webapp::Server server{setting("DB_HOST", "127.0.0.1"), setting("DB_PORT", "5432"), setting("DB_NAME", "app")};
  const auto connections = static_cast<std::size_t>(std::atoi(setting("WEBAPP_CONNECTIONS", "4").c_str()));
  const std::chrono::milliseconds pause(std::atoi(setting("WEBAPP_PAUSE_MS", "50").c_str()));

  webapp::Pool pool(server, connections, first);
  Report report;
  report.credentials(first.username);
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < connections; ++i) {
    workers.emplace_back([&, i] { work(pool, report, "worker-" + std::to_string(i), pause); });
  }
  follow_credentials(path, first, pool, report);
  workers.clear();
  report.stats();
  return 0;
}
