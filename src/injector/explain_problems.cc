// What a reader of annotations can see is wrong, without asking Vault or the cluster.
#include <algorithm>
#include <array>
#include <utility>

#include "explain.h"
#include "leasehold/base/command_hint.h"

namespace leasehold::injector {
namespace {

/// Mounts that are KV version 2 by custom: `vault server -dev` makes the first.
constexpr std::array<std::string_view, 4> kKvMounts = {"secret", "kv", "kv-v2", "kv2"};
constexpr std::array<std::string_view, 4> kKvRoutes = {"data", "metadata", "config", "subkeys"};

bool is_known(std::string_view name) {
  const auto rows = annotation_rows();
  if (std::ranges::find(rows, name, &AnnotationRow::name) != rows.end()) return true;
  return std::ranges::any_of(family_rows(), [&](const FamilyRow& row) {
    return name.size() > row.name.size() && name.starts_with(row.name);
  });
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

/// The known name that takes the fewest changes, or "". A family's name is compared with the part of
/// the word up to each of its dashes; what follows is the user's NAME.
std::string nearest_name(std::string_view word) {
  constexpr std::size_t kNameMax = 63;  // of annotations
  if (word.size() > kNameMax) return {};
  std::string best;
  std::size_t fewest = (word.size() + 2) / 4 + 1;
  const auto consider = [&](std::string_view part, std::string_view known) {
    const std::size_t changes = edit_distance(part, known);
    if (changes >= fewest) return;
    fewest = changes;
    best = std::string(known) + std::string(word.substr(part.size()));
  };
  for (const AnnotationRow& row : annotation_rows()) consider(word, row.name);
  for (auto dash = word.find('-'); dash != std::string_view::npos; dash = word.find('-', dash + 1)) {
    if (dash + 1 == word.size()) break;  // a family needs a NAME
    for (const FamilyRow& row : family_rows()) consider(word.substr(0, dash + 1), row.name);
  }
  return best;
}

}  // namespace

std::string unknown_annotation(std::string_view name) {
  if (is_known(name)) return {};
  const std::string meant = nearest_name(name);
  std::string text = "unknown annotation " + std::string(kPrefix) + std::string(name) + ": it has no effect";
  if (!meant.empty()) text += "; did you mean " + std::string(kPrefix) + meant + "?";
  return text;
}

std::string missing_data(std::string_view path) {
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view mount = path.substr(0, slash);
  const std::string_view rest = path.substr(slash + 1);
  if (std::ranges::find(kKvMounts, mount) == kKvMounts.end()) return {};
  const std::string_view route = rest.substr(0, rest.find('/'));
  if (std::ranges::find(kKvRoutes, route) != kKvRoutes.end()) return {};
  return "if " + std::string(mount) + "/ is a KV version 2 mount, the path must be " + std::string(mount) + "/data/" +
         std::string(rest);
}

std::string shell_needed(std::string_view command) {
  if (command.find(' ') == std::string_view::npos) return {};  // started as it is
  const std::string notify = notify_instead(command);
  return "is started by `sh -c`" +
         (notify.empty() ? std::string() : "; " + notify + " in a configuration of your own (agent-configmap) needs no shell");
}

}  // namespace leasehold::injector
