// Reads our own JSON files while they stream by, without a tree that would keep their secrets.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/scalars.h"
#include "leasehold/json/reader.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::agent {

/// From milliseconds since 1970, until 2120: a century of lease can be added in nanoseconds. What does not
/// fit is a broken file.
inline runtime::Clock::WallTime wall_time_of(std::int64_t milliseconds) {
  constexpr std::int64_t kMost = 150LL * 366 * 86400 * 1000;
  return runtime::Clock::WallTime(std::chrono::milliseconds(std::clamp<std::int64_t>(milliseconds, 0, kMost)));
}

/// Follows the path of names; elements of arrays have the path of their array.
class StateTextReader : public json::Visitor {
 public:
  bool null_value() override { return ended(); }
  bool boolean(bool value) override {
    on_flag(path_, value);
    return ended();
  }
  bool number(std::string_view literal) override {
    if (const auto value = parse_int(literal)) on_number(path_, *value);
    return ended();
  }
  bool string(std::string_view value) override {
    on_text(path_, value);
    return ended();
  }
  bool key(std::string_view name) override {
    starts_.push_back(path_.size());
    if (!path_.empty()) path_ += '/';
    path_ += name;
    return true;
  }
  bool begin_object() override {
    on_object(path_);
    in_object_.push_back(true);
    return true;
  }
  bool end_object() override { return closed(); }
  bool begin_array() override {
    in_object_.push_back(false);
    return true;
  }
  bool end_array() override { return closed(); }

 protected:
  virtual void on_text(std::string_view path, std::string_view value) = 0;
  virtual void on_number(std::string_view /*path*/, std::int64_t /*value*/) {}
  virtual void on_flag(std::string_view /*path*/, bool /*value*/) {}
  virtual void on_object(std::string_view /*path*/) {}

 private:
  bool closed() {
    in_object_.pop_back();
    return ended();
  }
  bool ended() {
    if (in_object_.empty() || !in_object_.back()) return true;
    path_.resize(starts_.back());
    starts_.pop_back();
    return true;
  }

  std::string path_;
  std::vector<std::size_t> starts_;
  std::vector<bool> in_object_;
};

}  // namespace leasehold::agent
