#include "redaction.h"

#include <algorithm>
#include <string_view>

#include "leasehold/gotemplate/print.h"
#include "secret.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Kind;
using gotemplate::Value;

/// Shorter texts stand in every message; hiding them would hide the message.
constexpr std::size_t kLeafBytesMin = 4;
constexpr int kDepthMax = 100;
constexpr std::string_view kMark = "[redacted]";

void collect_leaves(const Value& value, std::vector<std::string>& out, int depth) {
  if (depth > kDepthMax) return;
  switch (value.kind()) {
    case Kind::String:
      if (value.length() >= kLeafBytesMin) out.emplace_back(value.as_text());
      break;
    case Kind::List:
      for (const Value& item : value.items()) collect_leaves(item, out, depth + 1);
      break;
    case Kind::Map:
      for (const auto& [key, item] : value.entries()) collect_leaves(item, out, depth + 1);
      break;
    default:
      break;
  }
}

/// Replaces from offset on; at each place the longest candidate wins.
std::string replace(std::string_view message, std::size_t offset, std::vector<std::string> candidates) {
  std::ranges::sort(candidates, [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  std::string out(message.substr(0, offset));
  for (std::size_t index = offset; index < message.size();) {
    const auto found = std::ranges::find_if(candidates, [rest = message.substr(index)](const auto& text) {
      return rest.starts_with(text);
    });
    if (found == candidates.end()) {
      out.push_back(message[index++]);
    } else {
      out += kMark;
      index += found->size();
    }
  }
  return out;
}

}  // namespace

std::string redact(const gotemplate::Failure& failure, const std::vector<Value>& secrets, Redaction redaction) {
  const bool everywhere = redaction == Redaction::Everywhere;
  std::vector<std::string> anywhere;
  std::vector<std::string> in_text;
  for (const Value& secret : secrets) {
    const Value data = secret_data(secret);
    for (const auto& [key, value] : data.entries()) {
      // compat: whole members of .Data are replaced wherever they stand, golden/templates/secrets
      std::string text = gotemplate::to_text(value);
      if (!text.empty()) anywhere.push_back(std::move(text));
      if (everywhere) collect_leaves(value, in_text, 0);
    }
    if (everywhere) collect_leaves(secret, in_text, 0);
  }
  in_text.insert(in_text.end(), anywhere.begin(), anywhere.end());
  const std::string head = replace(std::string_view(failure.message).substr(0, failure.text_offset), 0, anywhere);
  return head + replace(std::string_view(failure.message).substr(failure.text_offset), 0, in_text);
}

Value copy_secret(const Value& secret) {
  if (secret.is_nil() || !secret_data(secret).valid()) return gotemplate::deep_copy(secret);
  gotemplate::Items fields = secret.fields();
  for (Value& field : fields) field = gotemplate::deep_copy(field);
  return Value::record(*secret.type(), std::move(fields));
}

}  // namespace leasehold::gofuncs
