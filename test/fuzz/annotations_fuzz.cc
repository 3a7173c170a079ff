// Values of annotations: the first byte chooses the parser, the rest is its input. Quantities must
// be stable under a second reading; a JSON patch meets a container; else it is one annotation of a
// pod.
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "annotations.h"
#include "json_patch.h"
#include "json_text.h"
#include "leasehold/base/encoding.h"
#include "quantity.h"
#include "review.h"
#include "support/injector_settings.h"

namespace {

using namespace leasehold;            // NOLINT: a fuzz target
using namespace leasehold::injector;  // NOLINT

void check_quantity(std::string_view text) {
  const auto once = canonical_quantity(text);
  if (!once) return;
  const auto twice = canonical_quantity(*once);
  if (!twice) {
    std::cerr << "not a quantity any more: " << *once << "\n";
    std::abort();
  }
}

void check_json_patch(std::string_view text) {
  constexpr std::string_view kContainer =
      R"({"name":"c","image":"i","command":["a","b"],"env":[{"name":"x","value":"y"}],"resources":{"limits":{"cpu":"1"}}})";
  if (json_patch_syntax(text)) return;
  static_cast<void>(patch_container(kContainer, text));
}

void check_annotation(std::size_t row, std::string_view value) {
  const auto rows = annotation_rows();
  const auto families = family_rows();
  const std::size_t which = row % (rows.size() + families.size());
  const std::string name = which < rows.size()
                               ? std::string(rows[which].name)
                               : std::string(families[which - rows.size()].name) + "db";
  std::string body =
      R"({"request":{"uid":"u","namespace":"demo","object":{"metadata":{"annotations":{"vault.hashicorp.com/agent-inject":"true","vault.hashicorp.com/role":"app","vault.hashicorp.com/agent-inject-secret-db":"kv/db","vault.hashicorp.com/)";
  body += name + "\":";
  append_string(body, value);
  body +=
      R"(}},"spec":{"containers":[{"name":"app","volumeMounts":[{"name":"t","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}]}}}})";
  static Reviewer reviewer(leasehold::test::injector_settings());
  const Answer answer = reviewer.answer(body);
  if (answer.status != 200) {
    std::cerr << "status " << answer.status << " for " << name << ": " << answer.body << "\n";
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto* bytes = static_cast<const void*>(data + 1);
  const std::string_view text(static_cast<const char*>(bytes), size - 1);
  if (data[0] == 'q') {
    check_quantity(text);
  } else if (data[0] == 'p') {
    check_json_patch(text);
  } else {
    check_annotation(data[0], text);
  }
  return 0;
}
