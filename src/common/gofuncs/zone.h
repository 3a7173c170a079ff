// Time zones from the system's TZif files (RFC 8536).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "time_value.h"

namespace leasehold::gofuncs {

class Zone {
 public:
  /// Reads a zone by its name, Europe/Berlin. Nothing when there is none. "" and UTC are UTC.
  static std::optional<Zone> load(std::string_view name);

  /// The same instant, shown in this zone.
  [[nodiscard]] Time show(Time time) const;
  /// The instant at which clocks in this zone show what the clocks of UTC show at `time`.
  [[nodiscard]] Time from_local(Time time) const;

 private:
  struct Kind {
    std::int32_t offset = 0;
    std::string name = "UTC";
  };
  struct Transition {
    std::int64_t at = 0;
    std::size_t kind = 0;
  };
  bool parse(std::string_view bytes);
  [[nodiscard]] const Kind& kind_at(std::int64_t seconds) const;

  std::vector<Kind> kinds_{Kind()};
  std::vector<Transition> transitions_;
};

}  // namespace leasehold::gofuncs
