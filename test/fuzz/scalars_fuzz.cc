// Go's scalars from any text: what one reads and writes again must be read as the same.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"

namespace {

using namespace leasehold;  // NOLINT: a fuzz target

void must(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::cerr << what << ": " << text << "\n";
  std::abort();
}

template <class Value>
bool gives(const Result<Value>& result, const Value& value) {
  return result && *result == value;
}

template <class Value>
void error_must_speak(const Result<Value>& result, std::string_view text) {
  must(result || !result.error().message.empty(), "an error without a text", text);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* bytes = static_cast<const void*>(data);
  const std::string_view text(static_cast<const char*>(bytes), size);
  if (const auto duration = parse_duration(text)) {
    must(gives(parse_duration(format_duration(*duration)), *duration), "the duration changes", text);
    must(gives(parse_vault_duration(format_duration(*duration)), *duration), "Vault reads it differently", text);
  }
  if (const auto time = parse_rfc3339(text)) {
    must(gives(parse_rfc3339(format_rfc3339_nano(*time)), *time), "the time changes", text);
  }
  if (const auto number = parse_int(text)) {
    must(gives(parse_int(std::to_string(*number)), *number), "the number changes", text);
  }
  if (const auto plain = base64_decode(text)) {
    must(gives(base64_decode(base64_encode(*plain)), *plain), "the bytes change", text);
  }
  error_must_speak(parse_vault_duration(text), text);
  error_must_speak(parse_bool(text), text);
  error_must_speak(parse_bool_lenient(text), text);
  error_must_speak(parse_uint(text), text);
  error_must_speak(parse_float(text), text);
  return 0;
}
