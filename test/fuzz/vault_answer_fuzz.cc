// Any bytes as the answer of a Vault server; the first byte chooses the status. Whatever comes, it
// is judged without a crash, and only a clear sign makes a lease count as gone.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "leasehold/vault/answer.h"
#include "leasehold/vault/lease_check.h"

namespace {

using namespace leasehold;  // NOLINT: a fuzz target

constexpr std::array<unsigned, 12> kStatuses = {200, 204, 307, 400, 403, 404, 412, 429, 472, 473, 500, 503};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto* bytes = static_cast<const void*>(data + 1);
  http::Response response;
  response.status = kStatuses[data[0] % kStatuses.size()];
  response.headers.set("Retry-After", std::string(static_cast<const char*>(bytes), std::min<std::size_t>(size - 1, 8)));
  response.body = SecretString(std::string_view(static_cast<const char*>(bytes), size - 1));
  const auto answer = vault::parse_answer(std::move(response));
  if (!answer.is_json && (answer.has_data || answer.auth)) std::abort();
  const vault::KnownLease lease{.id = "lease", .renewable = true, .granted = std::chrono::seconds(60)};
  const auto verdict = vault::judge_lookup(lease, answer);
  const bool may_be_gone = answer.status == 400 || (answer.status == 200 && answer.has_data);
  if (verdict == vault::LeaseVerdict::Gone && !may_be_gone) std::abort();
  if (!answer.ok() && vault::failure(answer, "GET", "http://127.0.0.1/v1/x", "").message.empty()) std::abort();
  if (vault::denial_of(answer) != vault::Denial::None && answer.status != 403) std::abort();
  return 0;
}
