// Any bytes are a template: it must parse or be refused, render or fail, within bounds, and its error
// must not show the secret that the data holds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "leasehold/gofuncs/render.h"

namespace {

using leasehold::gofuncs::DataSource;
using leasehold::gofuncs::Dependency;
using leasehold::gotemplate::Value;

constexpr std::size_t kInputMax = 4096;
constexpr std::size_t kStatementsMax = 20000;
constexpr std::string_view kCanary = "canary-7f3a91c2";

const Value& secret() {
  static const Value kSecret = *leasehold::gofuncs::parse_secret(
      R"({"lease_id":"l","lease_duration":60,"renewable":true,"data":{"password":"canary-7f3a91c2",)"
      R"("data":{"pass":"canary-7f3a91c2","n":1.0,"list":["canary-7f3a91c2",null,true]}}})");
  return kSecret;
}

class FixedData final : public DataSource {
 public:
  [[nodiscard]] const Value* find(const Dependency& dependency) const override {
    if (dependency.kind == Dependency::Kind::Read || dependency.kind == Dependency::Kind::Write) return &secret();
    return nullptr;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > kInputMax) return 0;
  leasehold::gofuncs::TemplateOptions options;
  options.contents.assign(reinterpret_cast<const char*>(bytes), size);
  options.statements_max = kStatementsMax;
  // What touches the machine, and what is slow on purpose.
  options.function_denylist = {"plugin",        "writeToFile",  "sprig_getHostByName", "sprig_gen*", "sprig_bcrypt",
                               "sprig_htpasswd", "sprig_derive*", "sprig_repeat",      "indent",     "sprig_indent",
                               "sprig_nindent",  "sprig_rand*"};
  const auto parsed = leasehold::gofuncs::Template::create(std::move(options), {});
  const auto pass = parsed->render(FixedData());
  const bool typed_in =
      std::string_view(reinterpret_cast<const char*>(bytes), size).find(kCanary) != std::string_view::npos;
  if (pass.error && !typed_in && pass.error->find(kCanary) != std::string::npos) std::abort();
  return 0;
}
