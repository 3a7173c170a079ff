// Lines of a watch to events. Pure.
#include <array>

#include <nlohmann/json.hpp>

#include "leasehold/kube/watch.h"

namespace leasehold::kube {
namespace {

/// etcd keeps objects of 1.5 MiB; managed fields and escapes may double that.
constexpr std::size_t kLineBytesMax = 8UL * 1024 * 1024;

struct TypeRow {
  std::string_view name;
  EventType type;
};
constexpr std::array kTypes{
    TypeRow{"ADDED", EventType::Added},       TypeRow{"MODIFIED", EventType::Modified},
    TypeRow{"DELETED", EventType::Deleted},   TypeRow{"BOOKMARK", EventType::Bookmark},
    TypeRow{"ERROR", EventType::Error},
};

Result<Event> parse_event(std::string_view line) {
  auto document = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("type") || !document["type"].is_string() ||
      !document.contains("object") || !document["object"].is_object()) {
    return invalid("watch: a line that is no event");
  }
  const auto& name = document["type"].get_ref<const std::string&>();
  for (const TypeRow& row : kTypes) {
    if (row.name != name) continue;
    return Event{row.type, std::make_shared<const nlohmann::json>(std::move(document["object"]))};
  }
  return invalid("watch: an event of an unknown type");
}

}  // namespace

Result<void> EventReader::feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > kLineBytesMax) {
      return invalid("watch: an event of more than " + std::to_string(kLineBytesMax) + " bytes");
    }
    line_ += piece;
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto event = parse_event(line);
    if (!event) return event.error();
    sink(*event);
  }
  return {};
}

}  // namespace leasehold::kube
