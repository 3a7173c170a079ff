#include "leasehold/metrics/registry.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "leasehold/base/result.h"

namespace leasehold::metrics {
namespace {

std::string number(double value) {
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

/// Backslash, quote and line feed, as the format wants it.
std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

std::string written(const Labels& labels) {
  if (labels.empty()) return {};
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ',';
    out += name + "=\"" + escaped(value, true) + "\"";
  }
  return out + "}";
}

}  // namespace

void Registry::declare_counter(std::string name, std::string help, bool labelled) {
  Family& family = families_[std::move(name)];
  family.help = std::move(help);
  if (!labelled) family.values[""] = 0;
}

void Registry::declare_gauge(std::string name, std::string help) {
  Family& family = families_[std::move(name)];
  family.type = Type::Gauge;
  family.help = std::move(help);
  family.values[""] = 0;
}

void Registry::declare_labelled_gauge(std::string name, std::string help) {
  Family& family = families_[std::move(name)];
  family.type = Type::Gauge;
  family.help = std::move(help);
}

void Registry::declare_histogram(std::string name, std::string help, std::vector<double> bounds) {
  Family& family = families_[std::move(name)];
  family.type = Type::Histogram;
  family.help = std::move(help);
  family.buckets.assign(bounds.size() + 1, 0);
  family.bounds = std::move(bounds);
}

Registry::Family& Registry::find(std::string_view name, Type type) {
  const auto found = families_.find(name);
  LH_ASSERT(found != families_.end() && found->second.type == type);
  return found->second;
}

void Registry::add(std::string_view counter, const Labels& labels, double amount) {
  find(counter, Type::Counter).values[written(labels)] += amount;
}

void Registry::change(std::string_view gauge, double amount) {
  find(gauge, Type::Gauge).values[""] += amount;
}

void Registry::set(std::string_view gauge, const Labels& labels, double value) {
  find(gauge, Type::Gauge).values[written(labels)] = value;
}

void Registry::observe(std::string_view histogram, double value) {
  Family& family = find(histogram, Type::Histogram);
  const auto bound = std::lower_bound(family.bounds.begin(), family.bounds.end(), value);
  ++family.buckets[static_cast<std::size_t>(bound - family.bounds.begin())];
  family.sum += value;
  ++family.count;
}

void Registry::merge(const Registry& other) {
  for (const auto& [name, theirs] : other.families_) {
    const auto [place, is_new] = families_.try_emplace(name, theirs);
    if (is_new) continue;
    Family& ours = place->second;
    for (const auto& [labels, value] : theirs.values) ours.values[labels] += value;
    for (std::size_t i = 0; i < ours.buckets.size() && i < theirs.buckets.size(); ++i) {
      ours.buckets[i] += theirs.buckets[i];
    }
    ours.sum += theirs.sum;
    ours.count += theirs.count;
  }
}

std::string Registry::text() const {
  constexpr std::array<std::string_view, 3> kTypes = {"counter", "gauge", "histogram"};
  std::string out;
  for (const auto& [name, family] : families_) {
    out += "# HELP " + name + " " + escaped(family.help, false) + "\n# TYPE " + name + " " +
           std::string(kTypes[static_cast<std::size_t>(family.type)]) + "\n";
    for (const auto& [labels, value] : family.values)
      out += name + labels + " " + number(value) + "\n";
    if (family.type != Type::Histogram) continue;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < family.buckets.size(); ++i) {
      cumulative += family.buckets[i];
      const std::string bound = i < family.bounds.size() ? number(family.bounds[i]) : "+Inf";
      out += name + "_bucket{le=\"" + bound + "\"} " + std::to_string(cumulative) + "\n";
    }
    out += name + "_sum " + number(family.sum) + "\n" + name + "_count " +
           std::to_string(family.count) + "\n";
  }
  return out;
}

}  // namespace leasehold::metrics
