#include "leasehold/json/writer.h"

#include <array>
#include <charconv>

#include "leasehold/base/json_text.h"

namespace leasehold::json {
void append_quoted(std::string& out, std::string_view text) { append_json_quoted(out, text); }
void append_quoted(SecretBytes& out, std::string_view text) { append_json_quoted(out, text); }

void ObjectWriter::name(std::string_view name) {
  if (bytes_.size() > 1) bytes_.push_back(',');
  append_json_quoted(bytes_, name);
  bytes_.push_back(':');
}

ObjectWriter& ObjectWriter::member(std::string_view member_name, std::string_view value) {
  name(member_name);
  append_json_quoted(bytes_, value);
  return *this;
}

ObjectWriter& ObjectWriter::member(std::string_view member_name, std::int64_t value) {
  name(member_name);
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  append(bytes_, {buffer.data(), static_cast<std::size_t>(end - buffer.data())});
  return *this;
}

ObjectWriter& ObjectWriter::member(std::string_view member_name, bool value) {
  return raw_member(member_name, value ? "true" : "false");
}

ObjectWriter& ObjectWriter::raw_member(std::string_view member_name, std::string_view value) {
  name(member_name);
  append(bytes_, value);
  return *this;
}

SecretString ObjectWriter::finish() {
  bytes_.push_back('}');
  SecretString out(std::move(bytes_));
  bytes_ = SecretBytes();
  return out;
}

}  // namespace leasehold::json
