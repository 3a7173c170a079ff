// Sprig's random texts and looks at the host, which Vault 2 leaves out (spec 12.9).
#include <array>
#include <memory>
#include <string>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include "context.h"
#include "leasehold/base/encoding.h"
#include "random.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kInt;
using gotemplate::kString;

constexpr std::int64_t kRandomMax = 1000000;

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kAscii =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

Result<Value> draw(Call& call, std::string_view alphabet) {
  if (call.integer(0) > kRandomMax) return invalid("too many random characters");
  std::string out;
  for (std::int64_t index = 0; index < call.integer(0); ++index) out.push_back(alphabet[random_below(alphabet.size())]);
  return Value::string(out);
}

Result<Value> alpha(Call& call) { return draw(call, kLetters); }
Result<Value> alpha_num(Call& call) { return draw(call, kLettersAndDigits); }
Result<Value> numeric(Call& call) { return draw(call, kDigits); }
Result<Value> ascii(Call& call) { return draw(call, kAscii); }

Result<Value> bytes(Call& call) {
  if (call.integer(0) < 0) return invalid("runtime error: makeslice: len out of range");
  if (call.integer(0) > kRandomMax) return invalid("too many random bytes");
  return Value::string(base64_encode(random_bytes(static_cast<std::size_t>(call.integer(0)))));
}

Result<Value> uuid(Call& /*call*/) {
  std::string raw = random_bytes(16);
  raw[6] = static_cast<char>((static_cast<unsigned char>(raw[6]) & 0x0FU) | 0x40U);
  raw[8] = static_cast<char>((static_cast<unsigned char>(raw[8]) & 0x3FU) | 0x80U);
  const std::string hex = hex_encode(raw);
  return Value::string(hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
                       hex.substr(16, 4) + "-" + hex.substr(20));
}

Result<Value> environment(Call& call) {
  return Value::string(context_of(call).environment(call.text(0)).value_or(""));
}

bool is_name_byte(char c) { return c == '_' || kLettersAndDigits.find(c) != std::string_view::npos; }

/// $X and ${X}.
Result<Value> expand(Call& call) {
  std::string out;
  std::string_view rest = call.text(0);
  while (!rest.empty()) {
    const std::size_t dollar = rest.find('$');
    out += rest.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    rest.remove_prefix(dollar + 1);
    const bool braces = rest.starts_with('{') && rest.find('}') != std::string_view::npos;
    if (braces) rest.remove_prefix(1);
    std::size_t size = 0;
    while (size < rest.size() && (braces ? rest[size] != '}' : is_name_byte(rest[size]))) ++size;
    if (size == 0 && !braces) {
      out.push_back('$');
      continue;
    }
    out += context_of(call).environment(rest.substr(0, size)).value_or("");
    rest.remove_prefix(size + (braces ? 1 : 0));
  }
  return Value::string(out);
}

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};

Result<Value> host_by_name(Call& call) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(std::string(call.text(0)).c_str(), nullptr, &hints, &found) != 0) return Value::string("");
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
    return Value::string("");
  }
  return Value::string(text.data());
}

// clang-format off
constexpr Function kSprigRandom[] = {
    {"sprig_randAlpha",     types<kInt>,    false, &alpha,        "random letters"},
    {"sprig_randAlphaNum",  types<kInt>,    false, &alpha_num,    "random letters and digits"},
    {"sprig_randNumeric",   types<kInt>,    false, &numeric,      "random digits"},
    {"sprig_randAscii",     types<kInt>,    false, &ascii,        "random printable characters"},
    {"sprig_randBytes",     types<kInt>,    false, &bytes,        "random bytes in base64"},
    {"sprig_uuidv4",        {},             false, &uuid,         "a random UUID"},
    {"sprig_env",           types<kString>, false, &environment,  "an environment variable"},
    {"sprig_expandenv",     types<kString>, false, &expand,       "a text with $NAME replaced"},
    {"sprig_getHostByName", types<kString>, false, &host_by_name, "an address of a host"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_random() { return kSprigRandom; }

}  // namespace leasehold::gofuncs
