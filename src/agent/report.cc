#include "report.h"

#include "leasehold/base/scalars.h"

namespace leasehold::agent {
namespace {

using std::chrono::seconds;

std::string whole(std::chrono::nanoseconds time) { return format_duration(std::chrono::floor<seconds>(time)); }

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

std::string shown(const SecretStatus& secret) {
  std::string text = "secret " + secret.name + ": ";
  if (!secret.here) return text + "not read yet\n";
  text += "read " + whole(secret.age) + " ago, last proved " + whole(secret.proof) + " ago";
  if (secret.ends_in) {
    text += secret.ends_in->count() > 0 ? ", ends in " + whole(*secret.ends_in) : ", ended " + whole(-*secret.ends_in) + " ago";
  }
  return text + "\n";
}

std::string why_not(Probe probe, const AgentStatus& status) {
  if (probe == Probe::Live) return "";
  if (!status.all_rendered) return status.authenticated ? "not every template is rendered yet" : "not logged in yet";
  if (probe == Probe::Startup) return "";
  for (const SecretStatus& secret : status.secrets) {
    if (secret.ends_in && secret.ends_in->count() <= 0) return "the lease of " + secret.name + " has ended";
  }
  return "";
}

}  // namespace

ProbeAnswer judge(Probe probe, const AgentStatus& status) {
  ProbeAnswer answer;
  const std::string why = why_not(probe, status);
  answer.good = why.empty();
  answer.text = answer.good ? (probe == Probe::Live ? "live\n" : "ready\n") : "not ready: " + why + "\n";
  if (!status.diagnosis.empty()) answer.text += "last problem: " + status.diagnosis + "\n";
  for (const SecretStatus& secret : status.secrets) answer.text += shown(secret);
  return answer;
}

std::string metrics_text(const AgentMetrics& counters, const AgentStatus& status, double wall_seconds) {
  metrics::Registry gauges;
  // compat: the name of the replaced software, spec/agent.md 14
  if (const std::string name = counters.names().gauge("agent.authenticated"); !name.empty()) {
    gauges.declare_labelled_gauge(name, "1 while there is a token that works.");
    gauges.set(name, counters.names().labels(), status.authenticated ? 1 : 0);
  }
  gauges.declare_gauge("leasehold_agent_ready", "1 while every file is written and no lease has ended.");
  gauges.set("leasehold_agent_ready", {}, judge(Probe::Ready, status).good ? 1 : 0);
  if (!status.secrets.empty()) {
    gauges.declare_labelled_gauge("leasehold_agent_secret_expiry_seconds", "Seconds until the lease of a secret ends.");
    gauges.declare_labelled_gauge("leasehold_agent_secret_last_success_timestamp_seconds",
                                  "Time of the last read or renewal, since 1970.");
  }
  for (const SecretStatus& secret : status.secrets) {
    if (!secret.here) continue;
    const metrics::Labels labels = {{"secret", secret.name}};
    if (secret.ends_in) gauges.set("leasehold_agent_secret_expiry_seconds", labels, in_seconds(*secret.ends_in));
    gauges.set("leasehold_agent_secret_last_success_timestamp_seconds", labels, wall_seconds - in_seconds(secret.proof));
  }
  gauges.merge(counters.registry());
  return gauges.text();
}

}  // namespace leasehold::agent
