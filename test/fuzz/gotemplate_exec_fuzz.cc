// A template rendered with data: it renders or fails within bounds, and its error does not show the
// secret that the data holds. Input: the template, a NUL byte, and the body of the answer that every
// `secret` gets. A template that begins with the byte 1 is written in a code of two bytes a word,
// so that chance makes whole actions more often.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "gotemplate_words.h"
#include "leasehold/gofuncs/render.h"

namespace {

using leasehold::gofuncs::DataSource;
using leasehold::gofuncs::Dependency;
using leasehold::gotemplate::Value;

constexpr std::size_t kInputMax = 4096;
constexpr std::size_t kStatementsMax = 2000;
/// Begins with a letter that no escape ends with: the byte 8C before `anary` shows as `\x8canary`.
constexpr std::string_view kCanary = "quokka-7f3a91c2";

const Value& fixed_secret() {
  static const Value kSecret = *leasehold::gofuncs::parse_secret(
      R"({"lease_id":"l","lease_duration":60,"renewable":true,"data":{"password":"quokka-7f3a91c2",)"
      R"("data":{"pass":"quokka-7f3a91c2","n":1.0,"list":["quokka-7f3a91c2",null,true]}}})");
  return kSecret;
}

class OneAnswer final : public DataSource {
 public:
  explicit OneAnswer(const Value& secret) : secret_(secret) {}
  [[nodiscard]] const Value* find(const Dependency& dependency) const override {
    if (dependency.kind == Dependency::Kind::Read || dependency.kind == Dependency::Kind::Write) return &secret_;
    return nullptr;
  }

 private:
  const Value& secret_;
};

std::string decoded(std::string_view text) {
  if (text.empty() || text.front() != '\1') return std::string(text);
  std::string out;
  for (std::size_t index = 1; index + 1 < text.size(); index += 2) {
    const unsigned code = static_cast<unsigned char>(text[index]) * 256U + static_cast<unsigned char>(text[index + 1]);
    out += leasehold::fuzz::kWords[code % std::size(leasehold::fuzz::kWords)];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > kInputMax) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const std::size_t nul = std::min(input.find('\0', input.starts_with('\1') ? input.size() : 0), input.size());
  leasehold::gofuncs::TemplateOptions options;
  options.contents = decoded(input.substr(0, nul));
  options.statements_max = kStatementsMax;
  // What touches the machine, and what is slow on purpose.
  // Names, not patterns: looking for those took half of the time.
  options.function_denylist = {"plugin", "writeToFile", "file", "sockaddr", "sprig_getHostByName", "sprig_bcrypt", "sprig_htpasswd",
                               "sprig_buildCustomCert", "sprig_derivePassword", "sprig_genCA", "sprig_genCAWithKey",
                               "sprig_genPrivateKey", "sprig_genSelfSignedCert", "sprig_genSelfSignedCertWithKey",
                               "sprig_genSignedCert", "sprig_genSignedCertWithKey"};
  Value secret = fixed_secret();
  if (nul < input.size()) {
    if (auto given = leasehold::gofuncs::parse_secret(input.substr(nul + 1)); given) secret = *std::move(given);
  }
  const auto parsed = leasehold::gofuncs::Template::create(std::move(options), {});
  const auto pass = parsed->render(OneAnswer(secret));
  const bool typed_in = parsed->options().contents.find(kCanary) != std::string::npos;
  if (pass.error && !typed_in && nul == input.size() && pass.error->find(kCanary) != std::string::npos) std::abort();
  return 0;
}
