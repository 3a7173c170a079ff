#include "agent_metrics.h"

#include <string>

namespace leasehold::agent {
namespace {

// compat: names of the replaced software, spec/agent.md 14
constexpr const char* kAuthSuccess = "vault_agent_auth_success";
constexpr const char* kAuthFailure = "vault_agent_auth_failure";

constexpr const char* kErrors = "leasehold_agent_errors_total";
constexpr const char* kReads = "leasehold_agent_secret_reads_total";
constexpr const char* kRenewals = "leasehold_agent_secret_renewals_total";
constexpr const char* kRotations = "leasehold_agent_file_rotations_total";
constexpr const char* kGone = "leasehold_agent_leases_gone_total";
constexpr const char* kRender = "leasehold_agent_render_seconds";

}  // namespace

AgentMetrics::AgentMetrics() {
  registry_.declare_counter(kAuthSuccess, "Logins and renewals of the token that succeeded.", false);
  registry_.declare_counter(kAuthFailure, "Logins that failed.", false);
  registry_.declare_counter(kErrors, "Failures by what was tried and by what can be done about them.", true);
  registry_.declare_counter(kReads, "Times that a secret was read.", true);
  registry_.declare_counter(kRenewals, "Times that the lease of a secret was renewed.", true);
  registry_.declare_counter(kRotations, "Times that a file was written because its content changed.", true);
  registry_.declare_counter(kGone, "Leases that a look-up found revoked.", false);
  registry_.declare_histogram(kRender, "Seconds of one pass over all templates, files included, commands not.",
                              {0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1});
}

void AgentMetrics::logged_in() { registry_.add(kAuthSuccess); }

void AgentMetrics::login_failed(ErrorKind kind) {
  registry_.add(kAuthFailure);
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
