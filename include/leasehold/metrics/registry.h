// Counters, gauges and histograms with labels, and their text form for Prometheus.
// Single-threaded: a server has one registry a thread and adds them up when it is asked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::metrics {

/// Label names and values, in the order in which they are to be written.
using Labels = std::vector<std::pair<std::string, std::string>>;

class Registry {
 public:
  /// Declares a family, so that it is written even before its first value. Counters and gauges
  /// without labels start at 0.
  void declare_counter(std::string name, std::string help, bool labelled);
  void declare_gauge(std::string name, std::string help);
  /// Starts without values.
  void declare_labelled_gauge(std::string name, std::string help);
  /// bounds: ascending upper bounds, without +Inf.
  void declare_histogram(std::string name, std::string help, std::vector<double> bounds);

  // REQUIRES for all: the family has been declared with that type.
  void add(std::string_view counter, const Labels& labels = {}, double amount = 1);
  void change(std::string_view gauge, double amount);
  void set(std::string_view gauge, const Labels& labels, double value);
  void observe(std::string_view histogram, double value);

  /// Adds the values of another registry; families that only the other has are taken over.
  void merge(const Registry& other);

  /// Prometheus text format 0.0.4, families and label sets in byte order.
  [[nodiscard]] std::string text() const;

 private:
  enum class Type { Counter, Gauge, Histogram };
  struct Family {
    Type type = Type::Counter;
    std::string help;
    std::map<std::string, double, std::less<>> values;  ///< by written label set
    std::vector<double> bounds;
    std::vector<std::uint64_t> buckets;  ///< not cumulative; one more than bounds
    double sum = 0;
    std::uint64_t count = 0;
  };
  Family& find(std::string_view name, Type type);

  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace leasehold::metrics
