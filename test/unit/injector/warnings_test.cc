// What the request alone gives reason to warn of, and how much of it an API server shows.
#include "warnings.h"

#include <gtest/gtest.h>

namespace leasehold::injector {
namespace {

TEST(WarningTest, OfTheRequest) {
  struct Row {
    RequestFacts facts;
    const char* want;
  };
  const Row rows[] = {
      {{.api_version = "admission.k8s.io/v1", .operation = "CREATE", .kind = "Pod", .name_space = "demo"}, ""},
      {{.api_version = "admission.k8s.io/v1beta1"}, ""},
      {{.api_version = "example.com/v7"}, "neither v1 nor v1beta1"},
      {{.operation = "UPDATE"}, "patched on UPDATE"},
      {{.kind = "Deployment"}, "a Deployment is read as a pod"},
      {{.name_space = "kube-node-lease"}, "system namespace"},
      {{.is_yaml = true}, "YAML"},
  };
  for (const Row& row : rows) {
    const auto warnings = oddities_of(row.facts);
    if (*row.want == '\0') {
      EXPECT_TRUE(warnings.empty());
    } else {
      ASSERT_EQ(warnings.size(), 1U) << row.want;
      EXPECT_NE(warnings[0].find(row.want), std::string::npos) << warnings[0];
    }
  }
}

TEST(WarningTest, FitIntoWhatAnApiServerShows) {
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\xC3\xBC";
  const auto fitting = fit_warnings(std::vector<std::string>(50, "x" + wide));
  std::size_t sum = 0;
  for (const std::string& text : fitting) {
    EXPECT_LE(text.size(), 256U);
    EXPECT_EQ(text.size() % 2, 1U) << "cut in the middle of a character";
    sum += text.size();
  }
  EXPECT_LE(sum, 4096U);
  EXPECT_GE(fitting.size(), 15U);
}

}  // namespace
}  // namespace leasehold::injector
