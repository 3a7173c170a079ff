// What no peer has: block state, and which listeners are served.
#include "config_tables.h"

namespace leasehold::agent::config {
namespace {

const Row<StateConfig> kStateRows[] = {
    {"path", "text", "", "file for token and leases, on a memory volume that only the agent's containers mount; required",
     [](const Cell& c, StateConfig& s) { s.path = c.text(); }},
    {"socket", "text", "agent.sock beside path", "where `leasehold-agent check` and `ready` reach the agent",
     [](const Cell& c, StateConfig& s) { s.socket = c.text(); }},
};

}  // namespace

std::vector<KeyInfo> state_keys() { return keys_of(std::span<const Row<StateConfig>>(kStateRows)); }

void check_state_types(const FileContext& file, const Cell& block) {
  StateConfig ignored;
  read_block<StateConfig>(file, block.path(), block.source(), kStateRows, ignored, Pass::Types);
}

void read_state(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "state");
  const hcl::ItemView* block = only_block(found, "at most one \"state\" block is allowed");
  if (block == nullptr) return;
  StateConfig state;
  const hcl::Source source = source_of(*block);
  read_block<StateConfig>(file, "root.state", source, kStateRows, state);
  warn_unknown(file, "state", block_items(file, "root.state", source), state_keys());
  if (state.path.empty()) throw ConfigError{"path must be given: a file on a memory volume of the agent's own"};
  if (state.socket.empty()) {
    const auto slash = state.path.find_last_of('/');
    state.socket = (slash == std::string::npos ? "" : state.path.substr(0, slash + 1)) + "agent.sock";
  }
  out.state = std::move(state);
}

}  // namespace leasehold::agent::config

namespace leasehold::agent {

bool is_served(const ListenerConfig& listener) {
  return listener.type == "tcp" && listener.role == "metrics_only" && (listener.tls_disable || !listener.tls_cert_file.empty());
}

}  // namespace leasehold::agent
