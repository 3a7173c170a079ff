#include "typed_output.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "leasehold/base/text.h"
#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"

namespace leasehold::agent {
namespace {

struct Member {
  std::string name;
  SecretString text;  ///< of a string; of anything else its JSON
  bool is_string = false;
};
using Members = std::vector<Member>;

/// Takes the members of one object; what is nested stays JSON.
class MemberReader final : public json::Visitor {
 public:
  explicit MemberReader(Members& out) : out_(out) {}

  bool null_value() override { return literal("null"); }
  bool boolean(bool value) override { return literal(value ? "true" : "false"); }
  bool number(std::string_view text) override { return literal(text); }
  bool string(std::string_view value) override {
    if (depth_ == 1) {
      out_.back().is_string = true;
      out_.back().text = SecretString(value);
      return true;
    }
    SecretBytes quoted;
    json::append_quoted(quoted, value);
    return literal({quoted.data(), quoted.size()});
  }
  bool key(std::string_view name) override {
    if (depth_ == 1) {
      out_.push_back({.name = std::string(name), .text = SecretString()});
      return true;
    }
    comma();
    SecretBytes quoted;
    json::append_quoted(quoted, name);
    out_.back().text.append({quoted.data(), quoted.size()});
    out_.back().text.append(": ");
    fresh_ = true;
    return true;
  }
  bool begin_object() override { return begin("{"); }
  bool end_object() override { return end("}"); }
  bool begin_array() override { return depth_ > 0 && begin("["); }
  bool end_array() override { return end("]"); }

 private:
  bool literal(std::string_view text) {
    if (depth_ == 0) return false;
    if (depth_ > 1) comma();
    out_.back().text.append(text);
    return true;
  }
  bool begin(std::string_view bracket) {
    if (depth_ > 0) {
      if (depth_ > 1) comma();
      out_.back().text.append(bracket);
      fresh_ = true;
    }
    ++depth_;
    return true;
  }
  bool end(std::string_view bracket) {
    if (--depth_ > 0) out_.back().text.append(bracket);
    fresh_ = false;
    return true;
  }
  void comma() {
    if (!std::exchange(fresh_, false)) out_.back().text.append(", ");
  }

  Members& out_;
  int depth_ = 0;
  bool fresh_ = true;
};

Result<Members> members_of(std::string_view text) {
  Members members;
  MemberReader reader(members);
  if (auto read = json::read(text, reader); !read) return invalid("the secret is no object of names and values");
  // KV version 2 wraps the data; its metadata is not wanted.
  const auto data = std::find_if(members.begin(), members.end(), [](const Member& m) { return m.name == "data"; });
  const bool kv2 = members.size() == 2 && data != members.end() && !data->is_string &&
                   members[data == members.begin() ? 1 : 0].name == "metadata";
  if (!kv2) return members;
  const SecretString inner = std::move(data->text);
  // A deleted version has null here.
  if (inner.expose() == "null") return invalid("this version of the secret is deleted");
  return members_of(inner.expose());  // expose(): on its way into the file
}

const Member* find(const Members& members, std::string_view name) {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.name == name; });
  return found == members.end() ? nullptr : &*found;
}

Error cannot_hold(std::string_view format, const Member& member, std::string_view what) {
  return invalid("output " + go_quote(format) + " cannot hold " + std::string(what) + ", which the value of " +
                 go_quote(member.name) + " has");
}

/// One character of well-formed UTF-8, taken off the front; 0xFFFD for what is none.
std::uint32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  std::size_t length = 1;
  std::uint32_t value = first;
  if (first >= 0xF0) {
    length = 4;
    value = first & 0x07U;
  } else if (first >= 0xE0) {
    length = 3;
    value = first & 0x0FU;
  } else if (first >= 0xC0) {
    length = 2;
    value = first & 0x1FU;
  }
  if (length > text.size() || (first >= 0x80 && first < 0xC0)) {
    text.remove_prefix(1);
    return 0xFFFD;
  }
  for (std::size_t i = 1; i < length; ++i) value = value << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(length);
  return value;
}

std::string hex4(std::uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) text += kDigits[value >> shift & 0xFU];
  return text;
}

/// \uXXXX, as a surrogate pair where one is not enough.
std::string escaped_unit(std::uint32_t value) {
  if (value < 0x10000) return hex4(value);
  const std::uint32_t rest = value - 0x10000;
  return hex4(0xD800 + (rest >> 10U)) + hex4(0xDC00 + (rest & 0x3FFU));
}

// --- dotenv: a file for `. ./file` in any POSIX shell ---

std::string variable_name(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += lower ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
  }
  if (out.empty() || (out[0] >= '0' && out[0] <= '9')) out.insert(out.begin(), '_');
  return out;
}

Result<SecretString> as_dotenv(const OutputConfig& output, const Members& members) {
  SecretString text;
  std::vector<std::pair<std::string, std::string>> names;
  for (const Member& member : members) {
    const std::string name = variable_name(output.prefix, member.name);
    for (const auto& [taken, by] : names) {
      if (taken == name) {
        return invalid("output \"dotenv\": " + go_quote(by) + " and " + go_quote(member.name) + " both become " + name);
      }
    }
    names.emplace_back(name, member.name);
    std::string_view value = member.text.expose();  // expose(): into the file
    if (value.find('\0') != std::string_view::npos) return cannot_hold("dotenv", member, "a NUL byte");
    text.append(name);
    text.append("='");
    // Between single quotes a shell changes nothing; the quote itself stands outside of them.
    for (std::size_t quote = value.find('\''); quote != std::string_view::npos; quote = value.find('\'')) {
      text.append(value.substr(0, quote));
      text.append("'\\''");
      value.remove_prefix(quote + 1);
    }
    text.append(value);
    text.append("'\n");
  }
  return text;
}

// --- json and yaml ---

void append_quoted(SecretString& out, std::string_view text) {
  SecretBytes quoted;
  json::append_quoted(quoted, text);
  out.append({quoted.data(), quoted.size()});
}

Result<SecretString> as_json(const OutputConfig& /*output*/, const Members& members) {
  SecretString text("{");
  for (const Member& member : members) {
    if (text.size() > 1) text.append(",");
    append_quoted(text, member.name);
    text.append(":");
    if (member.is_string) {
      append_quoted(text, member.text.expose());  // expose(): into the file
    } else {
      text.append(member.text.expose());  // expose(): into the file
    }
  }
  text.append("}\n");
  return text;
}

// JSON's quoting, and escapes for what YAML does not take as printable.
void append_yaml_quoted(SecretString& out, std::string_view text) {
  SecretString quoted;
  append_quoted(quoted, text);
  std::string_view rest = quoted.expose();  // expose(): into the file
  while (!rest.empty()) {
    const std::string_view before = rest;
    const std::uint32_t c = take_character(rest);
    const bool unprintable = (c >= 0x7F && c < 0xA0) || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
    out.append(unprintable ? std::string_view(hex4(c)) : before.substr(0, before.size() - rest.size()));
  }
}

Result<SecretString> as_yaml(const OutputConfig& /*output*/, const Members& members) {
  SecretString text;
  for (const Member& member : members) {
    append_yaml_quoted(text, member.name);
    text.append(": ");
    if (member.is_string) {
      append_yaml_quoted(text, member.text.expose());  // expose(): into the file
    } else {
      text.append(member.text.expose());  // expose(): JSON is YAML
    }
    text.append("\n");
  }
  if (members.empty()) text.append("{}\n");
  return text;
}

// --- properties: java.util.Properties, which reads Latin-1 ---

void append_property(SecretString& out, std::string_view text, bool is_key) {
  bool leading = true;
  while (!text.empty()) {
    const std::uint32_t c = take_character(text);
    const std::string_view special = is_key ? "=:#! \\" : "\\";
    if (c == '\n' || c == '\r' || c == '\t' || c == '\f') {
      out.append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : "\\f");
    } else if (c < 0x20 || c > 0x7E) {
      out.append(escaped_unit(c));
    } else {
      const auto character = static_cast<char>(c);
      if (special.find(character) != std::string_view::npos || (leading && character == ' ')) out.append("\\");
      out.append({&character, 1});
    }
    leading = leading && c == ' ';
  }
}

Result<SecretString> as_properties(const OutputConfig& output, const Members& members) {
  SecretString text;
  for (const Member& member : members) {
    append_property(text, output.prefix + member.name, true);
    text.append("=");
    append_property(text, member.text.expose(), false);  // expose(): into the file
    text.append("\n");
  }
  return text;
}

// --- what PostgreSQL's clients read ---

struct Login {
  const Member* user = nullptr;
  const Member* password = nullptr;
};

Result<Login> login_of(std::string_view format, const Members& members) {
  const Login login{.user = find(members, "username"), .password = find(members, "password")};
  if (login.user != nullptr && login.password != nullptr) return login;
  return invalid("output " + go_quote(format) + " needs a secret with username and password, such as database/creds/ROLE");
}

// libpq reads lines; nothing can stand for a line feed in them.
Result<void> check_line(std::string_view format, const Member& member) {
  const std::string_view value = member.text.expose();  // expose(): looked through for line feeds
  if (value.find_first_of(std::string_view("\n\r\0", 3)) == std::string_view::npos) return {};
  return cannot_hold(format, member, "a line feed or NUL byte");
}

void append_pgpass(SecretString& out, std::string_view field) {
  for (const char c : field) {
    if (c == ':' || c == '\\') out.append("\\");
    out.append({&c, 1});
  }
}

Result<SecretString> as_pgpass(const OutputConfig& output, const Members& members) {
  const auto login = login_of("pgpass", members);
  if (!login) return login.error();
  for (const Member* member : {login->user, login->password}) {
    if (auto fits = check_line("pgpass", *member); !fits) return fits.error();
  }
  const auto or_any = [](const std::string& field) { return field.empty() ? std::string("*") : field; };
  SecretString text;
  append_pgpass(text, or_any(output.host));
  text.append(":");
  append_pgpass(text, or_any(output.port));
  text.append(":");
  append_pgpass(text, or_any(output.database));
  text.append(":");
  append_pgpass(text, login->user->text.expose());  // expose(): into the file
  text.append(":");
  append_pgpass(text, login->password->text.expose());  // expose(): into the file
  text.append("\n");
  return text;
}

Result<SecretString> as_pg_service(const OutputConfig& output, const Members& members) {
  /// libpq refuses longer lines.
  constexpr std::size_t kLineMax = 1000;
  const auto login = login_of("pg_service", members);
  if (!login) return login.error();
  SecretString text("[" + (output.service.empty() ? std::string("app") : output.service) + "]\n");
  const auto option = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text.append(name);
    text.append("=");
    text.append(value);
    text.append("\n");
  };
  option("host", output.host);
  option("port", output.port);
  option("dbname", output.database);
  option("sslmode", output.sslmode);
  for (const auto& [name, member] : {std::pair("user", login->user), std::pair("password", login->password)}) {
    if (auto fits = check_line("pg_service", *member); !fits) return fits.error();
    const std::string_view value = member->text.expose();  // expose(): into the file
    if (value.size() > kLineMax) return cannot_hold("pg_service", *member, "more than 1000 bytes");
    // libpq cuts blanks off the end of lines.
    if (value != trim_space(value)) return cannot_hold("pg_service", *member, "a blank at an end");
    option(name, value);
  }
  return text;
}

void append_url_part(SecretString& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kKept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  for (const char c : text) {
    if (kKept.find(c) != std::string_view::npos) {
      out.append({&c, 1});
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    const std::array<char, 3> escaped = {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    out.append({escaped.data(), escaped.size()});
  }
}

Result<SecretString> as_jdbc(const OutputConfig& output, const Members& members) {
  const auto login = login_of("jdbc", members);
  if (!login) return login.error();
  SecretString text("jdbc:postgresql://" + (output.host.empty() ? std::string("localhost") : output.host));
  if (!output.port.empty()) text.append(":" + output.port);
  text.append("/");
  append_url_part(text, output.database);
  text.append("?user=");
  append_url_part(text, login->user->text.expose());  // expose(): into the file
  text.append("&password=");
  append_url_part(text, login->password->text.expose());  // expose(): into the file
  if (!output.sslmode.empty()) {
    text.append("&sslmode=");
    append_url_part(text, output.sslmode);
  }
  text.append("\n");
  return text;
}

struct Writer {
  std::string_view name;
  Result<SecretString> (*write)(const OutputConfig& output, const Members& members);
};
constexpr std::array kWriters = {
    Writer{"dotenv", as_dotenv},   Writer{"json", as_json},       Writer{"yaml", as_yaml},
    Writer{"properties", as_properties}, Writer{"pgpass", as_pgpass}, Writer{"pg_service", as_pg_service},
    Writer{"jdbc", as_jdbc},
};
constexpr std::array<OutputFormat, kWriters.size()> kFormats = {{
    {"dotenv", "NAME='value' lines for `. FILE` in any POSIX shell"},
    {"json", "one object"},
    {"yaml", "one mapping, all texts quoted"},
    {"properties", "for java.util.Properties"},
    {"pgpass", "host:port:database:user:password for libpq's PGPASSFILE"},
    {"pg_service", "a section for libpq's PGSERVICEFILE"},
    {"jdbc", "one line, jdbc:postgresql://host/database?user=...&password=..."},
}};

}  // namespace

std::span<const OutputFormat> output_formats() { return kFormats; }

bool is_output_format(std::string_view name) {
  return std::any_of(kFormats.begin(), kFormats.end(), [&](const OutputFormat& one) { return one.name == name; });
}

std::string output_template(const std::string& secret_path) {
  return "{{ with secret " + go_quote(secret_path) + " }}{{ .Data | toJSON }}{{ end }}";
}

Result<SecretString> format_output(const OutputConfig& output, std::string_view data_json) {
  const auto writer = std::find_if(kWriters.begin(), kWriters.end(), [&](const Writer& one) { return one.name == output.format; });
  if (writer == kWriters.end()) return invalid("unknown output " + go_quote(output.format));
  auto members = members_of(data_json);
  if (!members) return members.error();
  return writer->write(output, *members);
}

}  // namespace leasehold::agent
