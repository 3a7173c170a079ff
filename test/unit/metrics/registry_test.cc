#include "leasehold/metrics/registry.h"

#include <gtest/gtest.h>

namespace leasehold::metrics {
namespace {

Registry sample() {
  Registry registry;
  registry.declare_counter("hits_total", "Hits by \"name\"\nand more", true);
  registry.declare_gauge("open", "Now open");
  registry.declare_histogram("took_ms", "Time", {5, 10});
  return registry;
}

TEST(RegistryTest, TextFormat) {
  Registry registry = sample();
  registry.add("hits_total", {{"name", "a\"b\\c\nd"}});
  registry.add("hits_total", {{"name", "x"}}, 2.5);
  registry.change("open", 2);
  registry.change("open", -1);
  for (const double value : {1.0, 5.0, 7.0, 11.0}) registry.observe("took_ms", value);
  EXPECT_EQ(
      registry.text(),
      "# HELP hits_total Hits by \"name\"\\nand more\n# TYPE hits_total counter\n"
      "hits_total{name=\"a\\\"b\\\\c\\nd\"} 1\nhits_total{name=\"x\"} 2.5\n"
      "# HELP open Now open\n# TYPE open gauge\nopen 1\n"
      "# HELP took_ms Time\n# TYPE took_ms histogram\n"
      "took_ms_bucket{le=\"5\"} 2\ntook_ms_bucket{le=\"10\"} 3\ntook_ms_bucket{le=\"+Inf\"} 4\n"
      "took_ms_sum 24\ntook_ms_count 4\n");
}

TEST(RegistryTest, MergeAdds) {
  Registry a = sample();
  Registry b = sample();
  a.add("hits_total", {{"name", "x"}});
  b.add("hits_total", {{"name", "x"}});
  b.add("hits_total", {{"name", "y"}});
  b.observe("took_ms", 6);
  a.merge(b);
  const std::string text = a.text();
  EXPECT_NE(text.find("hits_total{name=\"x\"} 2\nhits_total{name=\"y\"} 1\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("took_ms_count 1\n"), std::string::npos) << text;
  Registry empty;
  empty.merge(a);
  EXPECT_EQ(empty.text(), text);
}

TEST(RegistryDeathTest, AnUndeclaredNameIsOurMistake) {
  Registry registry = sample();
  EXPECT_DEATH(registry.add("nope"), "families_");
}

}  // namespace
}  // namespace leasehold::metrics
