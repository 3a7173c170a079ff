// The page docs/agent-configuration.md out of the rows that read the configuration, so that neither can
// know a key that the other does not.
#include "config_tables.h"

#include "leasehold/base/text.h"

namespace leasehold::agent::config {

std::vector<BlockInfo> documented_blocks() {
  std::vector<BlockInfo> blocks = {
      {"Top level", "Keys outside of all blocks, and the blocks.", top_level_keys()},
      {"vault", "Where the server is.", vault_keys()},
      {"vault.retry", "How often a request is repeated.", retry_keys()},
      {"auto_auth", "How to log in and where the token goes.", auto_auth_keys()},
      {"auto_auth.method", "One login method: `method \"kubernetes\" { ... }`.", method_keys()},
  };
  for (BlockInfo& method : method_blocks()) blocks.push_back(std::move(method));
  const std::vector<BlockInfo> rest = {
      {"auto_auth.sink", "One place for the token: `sink \"file\" { ... }`.", sink_keys()},
      {"auto_auth.sink.config", "For the type file.", file_sink_keys()},
      {"template", "One file to render. Unknown keys are errors here.", template_keys()},
      {"template.exec", "The command of a template, in more detail. Unknown keys are errors here.", template_exec_keys()},
      {"template.wait", "Unknown keys are errors here.", template_wait_keys()},
      {"template.connection", "Where the database is. Unknown keys are errors here.", template_connection_keys()},
      {"template.notify", "Whom to tell of a changed file, without a shell. Unknown keys are errors here.", template_notify_keys()},
      {"template_config", "For all templates together.", template_config_keys()},
      {"state", "What survives a restart of the agent (leasehold only).", state_keys()},
      {"exec", "The process that gets the variables of env_template. Unknown keys are errors here.", exec_keys()},
      {"cache", "Answers kept for clients of a listener.", cache_keys()},
      {"cache.persist", "Hands the cache from the init container to the sidecar.", persist_keys()},
      {"api_proxy", "Requests through a listener.", api_proxy_keys()},
      {"listener", "One port: `listener \"tcp\" { ... }`.", listener_keys()},
      {"telemetry", "Metrics.", telemetry_keys()},
  };
  blocks.insert(blocks.end(), rest.begin(), rest.end());
  return blocks;
}

namespace {

std::string cell(std::string_view text) { return replace_all(std::string(text), "|", "\\|"); }

std::string code(std::string_view text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

}  // namespace

std::string configuration_page() {
  std::string page =
      "# Configuration of the agent\n\n"
      "<!-- Made by agent-config-docs from the tables in src/agent/config_*.cc; do not edit. -->\n\n"
      "The agent reads HCL1 and JSON: a file whose first character is `{` is JSON, whatever its name.\n"
      "A duration is a text such as `\"90s\"`, `\"1h30m\"` or `\"2d\"`, or a number of seconds; inside of\n"
      "`template` a number counts nanoseconds, which the agent warns of. Unknown keys are accepted with a\n"
      "warning that names the nearest known one, except where an error is announced below.\n\n"
      "The column since names the version of Vault that brought a key; older ones are left out. Keys of\n"
      "leasehold alone are ignored or refused by Vault's own agent.\n";
  for (const BlockInfo& block : documented_blocks()) {
    page.append("\n## ").append(block.name).append("\n\n").append(block.help).append("\n\n");
    page += "| key | type | without it | since | meaning |\n|---|---|---|---|---|\n";
    for (const KeyInfo& key : block.keys) {
      page += "| " + code(key.name) + " | " + cell(key.type) + " | " + cell(key.fallback) + " | " + cell(key.since) + " | " + cell(key.help) + " |\n";
    }
  }
  return page;
}

}  // namespace leasehold::agent::config
