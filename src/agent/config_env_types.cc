// The first look at env_template: the peer decodes it into its own structure before it reads it as a
// template, and the first wrong type ends the reading (held by comparison with the peer; spec/agent.md 4.8
// has the second look alone).
#include "config_tables.h"

namespace leasehold::agent::config {
namespace {

/// compat: the peer decodes env_template first into its own structure, by the names of that structure's
/// members; keys that differ from those (error_on_missing_key) are not looked at then.
struct EnvTypes {};

[[noreturn]] void undecodable(const Cell& cell) {
  throw ConfigError{"At " + cell.file().style.of(cell.source()) + ": " + cell.path() + ": unknown kind to decode into: uint32"};
}

template <const auto& Rows>
void is_block(const Cell& c, EnvTypes& types) {
  read_block<EnvTypes>(c.file(), c.path(), c.source(), Rows, types);
}

// clang-format off
const Row<EnvTypes> kEnvTypes[] = {
    {"pristine", "", "", "", bool_only, true, "Pristine"},
};
const Row<EnvTypes> kExecTypes[] = {
    {"command", "", "", "", texts_only, true, "Command"},
    {"enabled", "", "", "", bool_only, true, "Enabled"},
    {"env", "", "", "", is_block<kEnvTypes>, true, "Env"},
    {"splay", "", "", "", int_only, true, "Splay"},
    {"timeout", "", "", "", int_only, true, "Timeout"},
};
const Row<EnvTypes> kWaitTypes[] = {
    {"enabled", "", "", "", bool_only, true, "Enabled"},
    {"min", "", "", "", int_only, true, "Min"},
    {"max", "", "", "", int_only, true, "Max"},
};
const Row<EnvTypes> kEnvTemplateTypes[] = {
    {"backup", "", "", "", bool_only, true, "Backup"},
    {"command", "", "", "", texts_only, true, "Command"},
    {"contents", "", "", "", text_only, true, "Contents"},
    {"destination", "", "", "", text_only, true, "Destination"},
    {"exec", "", "", "", is_block<kExecTypes>, true, "Exec"},
    {"perms", "", "", "", [](const Cell& c, EnvTypes&) { undecodable(c); }, true, "Perms"},
    {"user", "", "", "", text_only, true, "User"},
    {"uid", "", "", "", int_only, true, "Uid"},
    {"group", "", "", "", text_only, true, "Group"},
    {"gid", "", "", "", int_only, true, "Gid"},
    {"source", "", "", "", text_only, true, "Source"},
    {"wait", "", "", "", is_block<kWaitTypes>, true, "Wait"},
};
// clang-format on

void check_env_item(const FileContext& file, const std::string& path, const hcl::Source& source) {
  EnvTypes types;
  read_block<EnvTypes>(file, path, source, kEnvTemplateTypes, types);
}

}  // namespace

void check_env_template_types(const FileContext& file, const Cell& block) {
  const hcl::Node* node = block.source().node;
  std::size_t index = 0;
  const auto next_path = [&] { return block.path() + "[" + std::to_string(index++) + "]"; };
  if (node == nullptr) {
    // Labelled blocks stand together; one without a label has its own items here.
    const hcl::Selection labelled = hcl::labelled(block.source().items);
    const bool is_label = !labelled.empty() && labelled.front().value().kind == hcl::NodeKind::Object &&
                          !labelled.front().item->assigned && labelled.front().used > 0;
    if (!is_label) return check_env_item(file, next_path(), block.source());
    for (const hcl::ItemView& item : labelled) {
      // compat: with two labels nothing is looked at; the second look refuses them
      if (item.key_count() == 1) check_env_item(file, next_path(), {&item.value(), {}});
    }
  } else if (node->kind == hcl::NodeKind::Literal) {
    (void)block.texts();
  } else if (node->kind == hcl::NodeKind::Object) {
    check_env_item(file, next_path(), block.source());
  } else {
    for (const hcl::Node& element : node->elements) check_env_item(file, next_path(), {&element, {}});
  }
}

}  // namespace leasehold::agent::config
