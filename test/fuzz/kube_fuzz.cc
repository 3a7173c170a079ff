// Any bytes as a kubeconfig and, in any pieces, as the stream of a watch. Nothing may crash, and an
// error says nothing of what was read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "leasehold/kube/config.h"
#include "leasehold/kube/watch.h"
#include "lock_plan.h"

namespace kube = leasehold::kube;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = bytes[0] + 1U;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto config = kube::parse_kubeconfig(text, "/etc/kube");
  if (!config && !config.error().message.starts_with("kubeconfig: ")) std::abort();

  std::string whole;
  std::string pieces;
  const auto show = [](std::string& out) {
    return [&out](const kube::Event& event) {
      out += std::to_string(static_cast<int>(event.type)) + event.object->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      (void)kube::read_lock(*event.object);
      (void)kube::read_owner(*event.object);
      (void)kube::read_node_ready(*event.object);
      (void)kube::read_lease(*event.object, {}, {});
    };
  };
  kube::EventReader at_once;
  const bool read = at_once.feed(text, show(whole)).has_value();
  kube::EventReader by_pieces;
  bool read_pieces = true;
  for (std::size_t at = 0; at < text.size() && read_pieces; at += step) {
    read_pieces = by_pieces.feed(text.substr(at, step), show(pieces)).has_value();
  }
  if (read != read_pieces || whole != pieces) std::abort();
  return 0;
}
