#include "zone.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace leasehold::gofuncs {

namespace {

constexpr std::string_view kFolder = "/usr/share/zoneinfo/";
constexpr std::size_t kHeaderBytes = 44;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = (number << 8U) | static_cast<unsigned char>(c);
  return number;
}

/// The counts of a TZif header, in the order of the file.
struct Counts {
  std::size_t is_ut = 0;
  std::size_t is_std = 0;
  std::size_t leap = 0;
  std::size_t time = 0;
  std::size_t type = 0;
  std::size_t chars = 0;

  [[nodiscard]] std::size_t body_bytes(std::size_t time_bytes) const {
    return time * (time_bytes + 1) + type * 6 + chars + leap * (time_bytes + 4) + is_std + is_ut;
  }
};

std::optional<Counts> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  const auto count = [bytes](std::size_t index) {
    return static_cast<std::size_t>(big_endian(bytes.substr(20 + index * 4, 4)));
  };
  Counts counts{count(0), count(1), count(2), count(3), count(4), count(5)};
  constexpr std::size_t kMany = 100000;
  for (const std::size_t number : {counts.is_ut, counts.is_std, counts.leap, counts.time, counts.type, counts.chars}) {
    if (number > kMany) return std::nullopt;
  }
  return counts;
}

}  // namespace

std::optional<Zone> Zone::load(std::string_view name) {
  Zone zone;
  if (name.empty() || name == "UTC") return zone;
  if (name.find("..") != std::string_view::npos || name.starts_with('/') || name.find('\\') != std::string_view::npos) {
    return std::nullopt;
  }
  std::ifstream file(std::string(kFolder) + std::string(name), std::ios::binary);
  if (!file) return std::nullopt;
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!zone.parse(bytes)) return std::nullopt;
  return zone;
}

bool Zone::parse(std::string_view bytes) {
  const auto first = read_header(bytes);
  if (!first || bytes.size() < 5 || bytes[4] < '2') return false;
  // The first body has 32-bit times; the second header and body follow it.
  const std::size_t skipped = kHeaderBytes + first->body_bytes(4);
  if (bytes.size() < skipped) return false;
  bytes.remove_prefix(skipped);
  const auto counts = read_header(bytes);
  if (!counts || counts->type == 0 || bytes.size() < kHeaderBytes + counts->body_bytes(8)) return false;
  bytes.remove_prefix(kHeaderBytes);
  const std::string_view times = bytes.substr(0, counts->time * 8);
  const std::string_view indexes = bytes.substr(times.size(), counts->time);
  const std::string_view types = bytes.substr(times.size() + indexes.size(), counts->type * 6);
  const std::string_view names = bytes.substr(times.size() + indexes.size() + types.size(), counts->chars);
  kinds_.clear();
  for (std::size_t index = 0; index < counts->type; ++index) {
    const std::string_view entry = types.substr(index * 6, 6);
    const std::size_t place = static_cast<unsigned char>(entry[5]);
    if (place >= names.size()) return false;
    const std::string_view rest = names.substr(place);
    kinds_.push_back({.offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(big_endian(entry.substr(0, 4)))),
                      .name = std::string(rest.substr(0, rest.find('\0')))});
  }
  for (std::size_t index = 0; index < counts->time; ++index) {
    const std::size_t kind = static_cast<unsigned char>(indexes[index]);
    if (kind >= kinds_.size()) return false;
    transitions_.push_back({.at = static_cast<std::int64_t>(big_endian(times.substr(index * 8, 8))), .kind = kind});
  }
  return true;
}

const Zone::Kind& Zone::kind_at(std::int64_t seconds) const {
  const auto after = std::ranges::upper_bound(transitions_, seconds, {}, &Transition::at);
  return kinds_[after == transitions_.begin() ? 0 : std::prev(after)->kind];
}

Time Zone::show(Time time) const {
  const Kind& kind = kind_at(time.seconds);
  time.offset = kind.offset;
  time.zone = kind.name;
  return time;
}

Time Zone::from_local(Time time) const {
  // Go's guess: the offset in force at the local reading, then the one before or after if that
  // does not fit.
  const std::int64_t local = time.seconds;
  std::int64_t guess = local - kind_at(local).offset;
  guess = local - kind_at(guess).offset;
  time.seconds = guess;
  return show(std::move(time));
}

}  // namespace leasehold::gofuncs
