#include "agent_metrics.h"

#include <utility>

namespace leasehold::agent {
namespace {

constexpr const char* kErrors = "leasehold_agent_errors_total";
constexpr const char* kReads = "leasehold_agent_secret_reads_total";
constexpr const char* kRenewals = "leasehold_agent_secret_renewals_total";
constexpr const char* kRotations = "leasehold_agent_file_rotations_total";
constexpr const char* kGone = "leasehold_agent_leases_gone_total";
constexpr const char* kRender = "leasehold_agent_render_seconds";

}  // namespace

AgentMetrics::AgentMetrics(MetricNames names)
    : names_(std::move(names)),
      auth_success_(names_.counter("agent.auth.success")),
      auth_failure_(names_.counter("agent.auth.failure")) {
  declare_peers(auth_success_, "Logins and renewals of the token that succeeded.");
  declare_peers(auth_failure_, "Logins that failed.");
  registry_.declare_counter(kErrors, "Failures by what was tried and by what can be done about them.", true);
  registry_.declare_counter(kReads, "Times that a secret was read.", true);
  registry_.declare_counter(kRenewals, "Times that the lease of a secret was renewed.", true);
  registry_.declare_counter(kRotations, "Times that a file was written because its content changed.", true);
  registry_.declare_counter(kGone, "Leases that a look-up found revoked.", false);
  registry_.declare_histogram(kRender, "Seconds of one pass over all templates, files included, commands not.",
                              {0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1});
}

void AgentMetrics::declare_peers(const std::string& name, std::string help) {
  if (name.empty()) return;
  const metrics::Labels labels = names_.labels();
  registry_.declare_counter(name, std::move(help), !labels.empty());
  if (!labels.empty()) registry_.add(name, labels, 0);
}

void AgentMetrics::count_peers(const std::string& name) {
  if (!name.empty()) registry_.add(name, names_.labels());
}

void AgentMetrics::logged_in() { count_peers(auth_success_); }

void AgentMetrics::login_failed(ErrorKind kind) {
  count_peers(auth_failure_);
  failed("login", kind);
}

void AgentMetrics::read(std::string_view secret) { registry_.add(kReads, {{"secret", std::string(secret)}}); }
void AgentMetrics::read_failed(ErrorKind kind) { failed("read", kind); }
void AgentMetrics::renewed(std::string_view secret) { registry_.add(kRenewals, {{"secret", std::string(secret)}}); }
void AgentMetrics::renewal_failed(ErrorKind kind) { failed("renew", kind); }
void AgentMetrics::wrote(std::string_view path) { registry_.add(kRotations, {{"path", std::string(path)}}); }
void AgentMetrics::render_failed(ErrorKind kind) { failed("render", kind); }
void AgentMetrics::lease_gone() { registry_.add(kGone); }

void AgentMetrics::rendered(std::chrono::nanoseconds duration) {
  registry_.observe(kRender, std::chrono::duration<double>(duration).count());
}

void AgentMetrics::failed(std::string_view operation, ErrorKind kind) {
  if (kind == ErrorKind::Cancelled) return;
  registry_.add(kErrors, {{"operation", std::string(operation)}, {"kind", std::string(to_string(kind))}});
}

}  // namespace leasehold::agent
