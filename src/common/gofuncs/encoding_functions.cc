// base64, hashes and JSON output (spec 11.3).
#include <string>

#include "case_mapping.h"
#include "context.h"
#include "digest.h"
#include "json_output.h"
#include "leasehold/base/encoding.h"
#include "toml_output.h"
#include "leasehold/gofuncs/yaml_text.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kString;

/// The URL alphabet of base64 as the standard one and back; both are padded.
std::string swap_alphabet(std::string text, std::string_view from, std::string_view to) {
  for (char& c : text) {
    const std::size_t place = from.find(c);
    if (place != std::string_view::npos) c = to[place];
  }
  return text;
}

Result<Value> encode(Call& call) { return Value::string(base64_encode(call.text(0))); }

Result<Value> encode_url(Call& call) {
  return Value::string(swap_alphabet(base64_encode(call.text(0)), "+/", "-_"));
}

Result<Value> decode(Call& call) {
  auto bytes = base64_decode(call.text(0));
  if (!bytes) return bytes.error().in("base64Decode");
  return Value::string(*bytes);
}

Result<Value> decode_url(Call& call) {
  // Characters of the other alphabet must stay errors: '*' is in neither.
  const std::string text = swap_alphabet(std::string(call.text(0)), "+/-_", "**+/");
  auto bytes = base64_decode(text);
  if (!bytes) return bytes.error().in("base64URLDecode");
  return Value::string(*bytes);
}

Result<Value> sha256(Call& call) { return Value::string(sha256_hex(call.text(0))); }
Result<Value> md5(Call& call) { return Value::string(md5_hex(call.text(0))); }
Result<Value> hmac(Call& call) { return Value::string(hmac_sha256_hex(call.text(0), call.text(1))); }

Result<Value> json(Call& call, JsonStyle style) {
  auto text = to_json(call[0], style);
  if (!text) return text.error().in(call.function.name);
  return Value::string(*text);
}

Result<Value> json_plain(Call& call) { return json(call, {.pretty = false, .escape_html = true}); }
Result<Value> json_pretty(Call& call) { return json(call, {.pretty = true, .escape_html = true}); }
Result<Value> json_unescaped(Call& call) { return json(call, {.pretty = false, .escape_html = false}); }
Result<Value> json_unescaped_pretty(Call& call) { return json(call, {.pretty = true, .escape_html = false}); }

/// The original panics where no prefix is wanted.
Error marked(const Error& error, std::string_view prefix) {
  const bool panic = error.message.starts_with("cannot marshal") || error.message.starts_with("reflect:");
  return panic ? error : error.in(prefix);
}

Result<Value> yaml(Call& call) {
  auto text = to_yaml(call[0]);
  if (!text) return marked(text.error(), "toYAML");
  return Value::string(*text);
}

Result<Value> toml(Call& call) {
  auto text = to_toml(call[0]);
  if (!text) return marked(text.error(), "toTOML");
  return Value::string(*text);
}

// clang-format off
constexpr Function kEncodingFunctions[] = {
    {"base64Encode",          types<kString>,          false, &encode,                "base64"},
    {"base64Decode",          types<kString>,          false, &decode,                "bytes of a base64 text"},
    {"base64URLEncode",       types<kString>,          false, &encode_url,            "base64 in the URL alphabet"},
    {"base64URLDecode",       types<kString>,          false, &decode_url,            "bytes of a URL base64 text"},
    {"sha256Hex",             types<kString>,          false, &sha256,                "SHA-256 in hex"},
    {"md5sum",                types<kString>,          false, &md5,                   "MD5 in hex"},
    {"hmacSHA256Hex",         types<kString, kString>, false, &hmac,                  "HMAC-SHA-256 of message and key in hex"},
    {"toJSON",                types<kAny>,             false, &json_plain,            "JSON"},
    {"toJSONPretty",          types<kAny>,             false, &json_pretty,           "indented JSON"},
    {"toUnescapedJSON",       types<kAny>,             false, &json_unescaped,        "JSON with < > & as they are"},
    {"toUnescapedJSONPretty", types<kAny>,             false, &json_unescaped_pretty, "the same, indented"},
    {"toYAML",                types<kAny>,             false, &yaml,                  "YAML"},
    {"toTOML",                types<kAny>,             false, &toml,                  "TOML"},
};
// clang-format on

}  // namespace

std::span<const Function> encoding_functions() { return kEncodingFunctions; }

}  // namespace leasehold::gofuncs
