// username_template of a database connection: a Go template over the display name and the role, with
// the small function table of spec/vault-api.md 8.3.
#include <algorithm>
#include <array>

#include "credentials.h"
#include "crypto.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/program.h"

namespace leasehold::devvault {
namespace {

using gotemplate::Call;
using gotemplate::Function;
using gotemplate::kInt;
using gotemplate::kString;
using gotemplate::types;
using gotemplate::Value;

constexpr std::int64_t kRandomMax = 1000;
constexpr std::size_t kTruncateHash = 8;

struct NameContext final : gotemplate::Context {
  std::string display_name;
  std::string role;
  WallTime now;
};

WallTime now_of(Call& call) { return static_cast<NameContext&>(call.context).now; }

Result<Value> data(Call& call) {
  const auto& context = static_cast<NameContext&>(call.context);
  Value map = Value::map(gotemplate::kStringMap);
  map.set("DisplayName", Value::string(context.display_name));
  map.set("RoleName", Value::string(context.role));
  return map;
}

Result<std::size_t> length_argument(Call& call) {
  const std::int64_t length = call.integer(0);
  if (length <= 0 || length > kRandomMax) {
    return invalid("length must be > 0 and at most 1000");
  }
  return static_cast<std::size_t>(length);
}

Result<Value> random(Call& call) {
  auto length = length_argument(call);
  return length ? Result<Value>(Value::string(crypto::random_alphanumeric(*length))) : Result<Value>(length.error());
}

Result<Value> truncate(Call& call) {
  auto length = length_argument(call);
  return length ? Result<Value>(Value::string(call.text(1).substr(0, *length))) : Result<Value>(length.error());
}

/// Keeps names apart that differ only after the cut.
Result<Value> truncate_sha256(Call& call) {
  auto length = length_argument(call);
  if (!length || *length <= kTruncateHash) {
    return invalid("max length must be > 8");
  }
  const std::string_view text = call.text(1);
  if (text.size() <= *length) {
    return Value::string(text);
  }
  const std::string hash = hex_encode(crypto::sha256(text));
  return Value::string(std::string(text.substr(0, *length - kTruncateHash)) + hash.substr(0, kTruncateHash));
}

Result<Value> uppercase(Call& call) {
  std::string text(call.text(0));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return Value::string(text);
}

Result<Value> lowercase(Call& call) { return Value::string(to_lower(call.text(0))); }
Result<Value> replace(Call& call) { return Value::string(replace_all(std::string(call.text(2)), call.text(0), call.text(1))); }
Result<Value> sha256(Call& call) { return Value::string(hex_encode(crypto::sha256(call.text(0)))); }
Result<Value> base64(Call& call) { return Value::string(base64_encode(call.text(0))); }
Result<Value> hex(Call& call) { return Value::string(hex_encode(call.text(0))); }
Result<Value> uuid(Call& /*call*/) { return Value::string(crypto::random_uuid()); }

Result<Value> decode_base64(Call& call) {
  auto decoded = base64_decode(call.text(0));
  return decoded ? Result<Value>(Value::string(*decoded)) : Result<Value>(decoded.error());
}

Result<Value> decode_hex(Call& call) {
  auto decoded = hex_decode(call.text(0));
  return decoded ? Result<Value>(Value::string(*decoded)) : Result<Value>(decoded.error());
}

Result<Value> unix_time(Call& call) {
  return Value::string(std::to_string(std::chrono::system_clock::to_time_t(now_of(call))));
}

Result<Value> unix_time_millis(Call& call) {
  return Value::string(
      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now_of(call).time_since_epoch()).count()));
}

constexpr std::array kFunctions = {
    Function{.name = "__data", .call = data},
    Function{.name = "random", .parameters = types<kInt>, .call = random},
    Function{.name = "truncate", .parameters = types<kInt, kString>, .call = truncate},
    Function{.name = "truncate_sha256", .parameters = types<kInt, kString>, .call = truncate_sha256},
    Function{.name = "uppercase", .parameters = types<kString>, .call = uppercase},
    Function{.name = "lowercase", .parameters = types<kString>, .call = lowercase},
    Function{.name = "replace", .parameters = types<kString, kString, kString>, .call = replace},
    Function{.name = "sha256", .parameters = types<kString>, .call = sha256},
    Function{.name = "base64", .parameters = types<kString>, .call = base64},
    Function{.name = "decode_base64", .parameters = types<kString>, .call = decode_base64},
    Function{.name = "hex", .parameters = types<kString>, .call = hex},
    Function{.name = "decode_hex", .parameters = types<kString>, .call = decode_hex},
    Function{.name = "unix_time", .call = unix_time},
    Function{.name = "unix_time_millis", .call = unix_time_millis},
    Function{.name = "uuid", .call = uuid},
};

}  // namespace

Result<std::string> username_from_template(const std::string& pattern, const std::string& display_name,
                                           const std::string& role, WallTime now) {
  gotemplate::FunctionSet functions;
  functions.add(gotemplate::builtin_functions());
  functions.add(kFunctions);
  // The engine runs a template without a dot; `with` gives it one.
  const std::string text = "{{with __data}}" + pattern + "{{end}}";
  auto program = gotemplate::Program::parse({.text = text, .left_delimiter = {}, .right_delimiter = {}}, functions);
  if (!program) {
    return program.error();
  }
  NameContext context;
  context.display_name = display_name;
  context.role = role;
  context.now = now;
  SecretBytes out;
  if (const auto failure = (*program)->execute({.error_on_missing_key = true}, context, out)) {
    return invalid(failure->message);
  }
  return std::string(out.begin(), out.end());
}

}  // namespace leasehold::devvault
