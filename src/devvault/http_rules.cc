// What Go's net/http and Vault's HTTP layer do with a request before any token is looked at.
#include "http_rules.h"

#include <algorithm>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"

namespace leasehold::devvault {
namespace {

/// spec 1.6: OpenBao refuses bodies with more strings than this.
constexpr std::size_t kStringsMax = 1000;

void set_common_headers(http::Response& response) {
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

/// Dot segments and double slashes, as they stand on the wire; a final slash is kept.
std::string clean_path(std::string_view path) {
  std::string cleaned = path_clean(path);
  if (path.ends_with('/') && cleaned != "/") {
    cleaned.push_back('/');
  }
  return cleaned;
}

http::Response redirect(const http::Request& request, const std::string& path) {
  http::Response response;
  response.status = 307;
  set_common_headers(response);
  std::string location = path;
  if (const auto query = request.query(); !query.empty()) {
    location += "?" + std::string(query);
  }
  response.headers.set("Location", location);
  if (request.method == "GET" || request.method == "HEAD") {
    response.headers.set("Content-Type", "text/html; charset=utf-8");
    if (request.method == "GET") {
      response.body = SecretString("<a href=\"" + replace_all(location, "&", "&amp;") + "\">Temporary Redirect</a>.\n\n");
    }
  }
  return response;
}

std::string decode_form(std::string_view text) {
  auto decoded = percent_decode(replace_all(std::string(text), "+", " "));
  return decoded ? *std::move(decoded) : std::string(text);
}

/// a=1&b=2, the first value of each.
Json parse_form(std::string_view text) {
  Json fields = Json::object();
  for (const std::string& pair : split(text, '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const std::string key = decode_form(std::string_view(pair).substr(0, equals));
    if (!fields.contains(key)) {
      fields[key] = equals == std::string::npos ? std::string() : decode_form(std::string_view(pair).substr(equals + 1));
    }
  }
  return fields;
}

std::size_t count_strings(const Json& value) {
  std::size_t count = value.is_string() ? 1 : 0;
  if (value.is_structured()) {
    for (const Json& item : value) {
      count += count_strings(item);
    }
    count += value.is_object() ? value.size() : 0;
  }
  return count;
}

std::optional<Operation> operation_of(std::string_view method) {
  struct Row {
    std::string_view method;
    Operation operation;
  };
  static constexpr Row kRows[] = {
      {"GET", Operation::Read},    {"LIST", Operation::List},   {"SCAN", Operation::Scan},     {"POST", Operation::Write},
      {"PUT", Operation::Write},   {"PATCH", Operation::Patch}, {"DELETE", Operation::Delete},
  };
  for (const Row& row : kRows) {
    if (row.method == method) {
      return row.operation;
    }
  }
  return std::nullopt;
}

/// PATCH wants application/merge-patch+json.
std::optional<Answer> refuse_patch_type(const http::Request& request) {
  const std::string_view given = request.headers.get("Content-Type");
  if (given.empty()) {
    return refused("mime: no media type");
  }
  const std::string type(trim_space(given.substr(0, given.find(';'))));
  if (type != "application/merge-patch+json") {
    return failure(415, "PATCH requires Content-Type of application/merge-patch+json, provided " + type);
  }
  return std::nullopt;
}

Result<seconds> wrap_ttl(const http::Request& request) {
  const std::string given(request.headers.get("X-Vault-Wrap-TTL"));
  auto ttl = parse_vault_duration(given);
  if (!ttl) {
    return invalid("error parsing X-Vault-Wrap-TTL header: " + ttl.error().message);
  }
  if (ttl->count() < 0) {
    return invalid("error parsing X-Vault-Wrap-TTL header: requested wrap ttl cannot be negative");
  }
  return std::chrono::duration_cast<seconds>(*ttl);
}

std::string request_token(const http::Request& request) {
  if (const auto token = request.headers.get("X-Vault-Token"); !token.empty()) {
    return std::string(token);
  }
  constexpr std::string_view kBearer = "Bearer ";
  const auto authorization = request.headers.get("Authorization");
  return authorization.starts_with(kBearer) ? std::string(authorization.substr(kBearer.size())) : std::string();
}

void member_text(SecretBytes& out, std::string_view name, const Json& value) {
  json::append_quoted(out, name);
  out.push_back(':');
  write_json(value, out);
}

}  // namespace

std::optional<http::Response> refuse_path(const http::Request& request) {
  const std::string path(request.path());
  if (const std::string cleaned = clean_path(path); cleaned != path) {
    return redirect(request, cleaned);
  }
  auto decoded = percent_decode(path);
  const bool printable = decoded && is_utf8(*decoded) && std::none_of(decoded->begin(), decoded->end(), [](char c) {
                           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                         });
  if (!printable) {
    http::Response response;
    response.status = 400;
    set_common_headers(response);
    return response;
  }
  if (path == "/" || path == "/ui/") {
    http::Response response;
    response.status = 404;
    set_common_headers(response);
    response.headers.set("Content-Type", "text/plain; charset=utf-8");
    response.body = SecretString("404 page not found\n");
    return response;
  }
  if (!path.starts_with("/v1/")) {
    return to_response(bare_failure(404), "");
  }
  return std::nullopt;
}

Target parse_target(const http::Request& request) {
  Target target;
  auto decoded = percent_decode(request.path());
  target.path = decoded ? decoded->substr(std::string_view("/v1/").size()) : std::string();
  target.query = parse_form(request.query());
  return target;
}

Result<Json> parse_body(const http::Request& request) {
  // The body is parsed into a tree: the development server keeps secrets in ordinary memory.
  const std::string_view body = request.body.expose();
  const std::string_view trimmed = trim_space(body);
  if (trimmed.empty()) {
    return good(Json::object());
  }
  const bool form = request.headers.get("Content-Type").starts_with("application/x-www-form-urlencoded");
  if (form && !trimmed.starts_with('{') && !trimmed.starts_with('[')) {
    return good(parse_form(body));
  }
  auto parsed = parse_json(body);
  if (!parsed) {
    return invalid("failed to decode JSON input: " + parsed.error().message);
  }
  if (parsed->is_null()) {
    return good(Json::object());
  }
  if (!parsed->is_object()) {
    return invalid("failed to decode JSON input: json: cannot unmarshal value into an object");
  }
  if (count_strings(*parsed) > kStringsMax) {
    return invalid("refused JSON input due to high complexity: exceeded maximum number of strings");
  }
  return parsed;
}

std::variant<Call, Answer> read_call(const http::Request& request, const Target& target) {
  Call call;
  call.path = target.path;
  call.remote_address = request.remote_address;
  call.token = request_token(request);
  if (request.method == "OPTIONS") {
    return refused("cannot handle internal-only request operation");
  }
  const auto operation = operation_of(request.method);
  if (!operation) {
    return bare_failure(405);
  }
  call.operation = *operation;
  if (target.query.contains("help")) {
    call.operation = Operation::Help;
    return call;
  }
  if (call.operation == Operation::Write || call.operation == Operation::Patch) {
    if (call.operation == Operation::Patch) {
      if (auto refusal = refuse_patch_type(request)) {
        return *std::move(refusal);
      }
    }
    auto body = parse_body(request);
    if (!body) {
      return refused(body.error().message);
    }
    call.data = *std::move(body);
  } else {
    call.data = target.query;
  }
  if (call.operation == Operation::Read && call.data.contains("list")) {
    auto list = parse_bool(text_member(call.data, "list"));
    if (!list) {
      return bare_failure(400);
    }
    if (*list) {
      call.operation = Operation::List;
      call.data.erase("list");
    }
  }
  const bool lists = call.operation == Operation::List || call.operation == Operation::Scan;
  if (lists && !call.path.ends_with('/')) {
    call.path.push_back('/');
  }
  auto ttl = wrap_ttl(request);
  if (!ttl) {
    return refused(ttl.error().message);
  }
  call.wrap_ttl = *ttl;
  return call;
}

SecretString envelope(const Answer& answer, const std::string& request_id) {
  const Json data = answer.data.value_or(Json(nullptr));
  SecretBytes out;
  out.push_back('{');
  if (answer.data_at_top && data.is_object()) {
    for (const auto& [key, value] : data.items()) {
      member_text(out, key, value);
      out.push_back(',');
    }
  }
  member_text(out, "request_id", request_id);
  out.push_back(',');
  member_text(out, "lease_id", answer.lease_id);
  out.push_back(',');
  member_text(out, "renewable", answer.renewable);
  out.push_back(',');
  member_text(out, "lease_duration", answer.lease_duration.count());
  out.push_back(',');
  member_text(out, "data", data);
  out.push_back(',');
  member_text(out, "wrap_info", answer.wrap_info.value_or(Json(nullptr)));
  out.push_back(',');
  member_text(out, "warnings", answer.warnings.empty() ? Json(nullptr) : string_array(answer.warnings));
  out.push_back(',');
  member_text(out, "auth", answer.auth.value_or(Json(nullptr)));
  out.push_back('}');
  return SecretString(std::move(out));
}

http::Response to_response(const Answer& answer, const std::string& request_id) {
  http::Response response;
  response.status = answer.status;
  set_common_headers(response);
  if (answer.status == 204 || answer.status == 202 || answer.empty_body) {
    return response;
  }
  if (answer.own_text) {
    response.headers.set("Content-Type", "text/plain");
    response.body = SecretString(*answer.own_text);
    return response;
  }
  SecretBytes body;
  if (answer.errors) {
    body.push_back('{');
    member_text(body, "errors", string_array(*answer.errors));
    body.push_back('}');
  } else if (answer.own_body) {
    write_json(*answer.own_body, body);
  } else {
    body = envelope(answer, request_id).release();
  }
  body.push_back('\n');
  response.body = SecretString(std::move(body));
  return response;
}

}  // namespace leasehold::devvault
