// Shapes and texts as a Kubernetes API server gives them.
#include "kube_api.h"

#include <algorithm>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kIssuer = "https://kubernetes.default.svc.cluster.local";
constexpr std::int64_t kExpirySecondsDefault = 3600;

http::Response reply(unsigned status, const Json& body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  SecretBytes bytes;
  write_json(body, bytes);
  bytes.push_back('\n');
  response.body = SecretString(std::move(bytes));
  return response;
}

http::Response failure_status(unsigned code, const std::string& reason, const std::string& message) {
  return reply(code, {{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", Json::object()},
                      {"status", "Failure"},
                      {"message", message},
                      {"reason", reason},
                      {"code", code}});
}

http::Response not_found_status(const std::string& kind, const std::string& name) {
  return failure_status(404, "NotFound", kind + " \"" + name + "\" not found");
}

std::int64_t unix_time(WallTime time) { return std::chrono::system_clock::to_time_t(time); }

std::string uuid_of(const std::string& text) {
  std::string hex = hex_encode(crypto::sha256(text)).substr(0, 32);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
    hex.insert(dash, 1, '-');
  }
  return hex;
}

}  // namespace

std::string service_account_uid(const std::string& name_space, const std::string& name) {
  return uuid_of("serviceaccount/" + name_space + "/" + name);
}

KubeApi::KubeApi(crypto::KeyPair key)
    : key_(std::move(key)), key_id_(base64url_encode(crypto::sha256(key_.modulus())).substr(0, 16)) {}

Result<KubeApi> KubeApi::create() {
  auto key = crypto::KeyPair::generate();
  if (!key) {
    return key.error();
  }
  return KubeApi(*std::move(key));
}

Json KubeApi::jwks() const {
  const Json key = {{"use", "sig"},
                    {"kty", "RSA"},
                    {"kid", key_id_},
                    {"alg", "RS256"},
                    {"n", base64url_encode(key_.modulus())},
                    {"e", base64url_encode(key_.exponent())}};
  return {{"keys", Json::array({key})}};
}

http::Response KubeApi::respond(const http::Request& request, WallTime now) {
  const std::string target(request.path());
  if (target == "/version") {
    return reply(200, {{"major", "1"}, {"minor", "30"}, {"gitVersion", "v1.30.0-leasehold"}, {"platform", "linux/amd64"}});
  }
  if (target == "/healthz" || target == "/readyz" || target == "/livez") {
    http::Response response;
    response.body = SecretString("ok");
    return response;
  }
  if (target == "/openid/v1/jwks") {
    return reply(200, jwks());
  }
  if (target == "/.well-known/openid-configuration") {
    return reply(200, {{"issuer", kIssuer},
                       {"jwks_uri", std::string(kIssuer) + "/openid/v1/jwks"},
                       {"response_types_supported", Json::array({"id_token"})},
                       {"subject_types_supported", Json::array({"public"})},
                       {"id_token_signing_alg_values_supported", Json::array({"RS256"})}});
  }
  if (target == "/apis/authentication.k8s.io/v1/tokenreviews" && request.method == "POST") {
    return token_review(request, now);
  }
  // /api/v1/namespaces/NS/...
  const auto path = split(std::string_view(target).substr(1), '/');
  if (path.size() < 4 || path[0] != "api" || path[1] != "v1" || path[2] != "namespaces") {
    return failure_status(404, "NotFound", "the server could not find the requested resource");
  }
  if (path.size() == 4 && request.method == "GET") {
    return reply(200, {{"kind", "Namespace"},
                       {"apiVersion", "v1"},
                       {"metadata", {{"name", path[3]}, {"labels", {{"kubernetes.io/metadata.name", path[3]}}}}}});
  }
  if (path.size() >= 5 && path[4] == "pods") {
    return pods(request, path, now);
  }
  if (path.size() == 7 && path[4] == "serviceaccounts" && path[6] == "token" && request.method == "POST") {
    return token_request(request, {path[3], path[5]}, now);
  }
  return failure_status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

http::Response KubeApi::pods(const http::Request& request, const std::vector<std::string>& path, WallTime now) {
  if (path.size() == 5 && request.method == "POST") {
    auto body = parse_json(request.body.expose());
    const std::string name = body ? text_member(member(*body, "metadata"), "name") : std::string();
    if (name.empty()) {
      return failure_status(400, "BadRequest", "a Pod with metadata.name is wanted");
    }
    const Name key{path[3], name};
    if (pods_.contains(key)) {
      return failure_status(409, "AlreadyExists", "pods \"" + name + "\" already exists");
    }
    Pod pod;
    pod.uid = crypto::random_uuid();
    pod.service_account = text_member(member(*body, "spec"), "serviceAccountName");
    pod.object = *std::move(body);
    pod.object["kind"] = "Pod";
    pod.object["apiVersion"] = "v1";
    pod.object["metadata"]["namespace"] = path[3];
    pod.object["metadata"]["uid"] = pod.uid;
    pod.object["metadata"]["creationTimestamp"] = format_rfc3339_nano(std::chrono::floor<seconds>(now));
    const Json object = pod.object;
    pods_[key] = std::move(pod);
    return reply(201, object);
  }
  if (path.size() != 6) {
    return failure_status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }
  const auto found = pods_.find({path[3], path[5]});
  if (found == pods_.end()) {
    return not_found_status("pods", path[5]);
  }
  const Json object = found->second.object;
  if (request.method == "DELETE") {
    pods_.erase(found);
  } else if (request.method != "GET") {
    return failure_status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }
  return reply(200, object);
}

http::Response KubeApi::token_request(const http::Request& request, const Name& account, WallTime now) {
  const std::string_view text = request.body.expose();
  auto body = parse_json(text.empty() ? std::string_view("{}") : text);
  if (!body || !body->is_object()) {
    return failure_status(400, "BadRequest", "a TokenRequest in JSON is wanted");
  }
  const Json& spec = member(*body, "spec");
  auto audiences_wanted = texts_in(member(spec, "audiences"));
  if (audiences_wanted.empty()) {
    audiences_wanted.emplace_back(kIssuer);
  }
  const Json& expiry = member(spec, "expirationSeconds");
  // Kubernetes wants 600 s at least; a development server lets tests be shorter, and expired ones exist.
  const std::int64_t lifetime = expiry.is_number_integer() ? expiry.get<std::int64_t>() : kExpirySecondsDefault;
  Json bound = {{"namespace", account.first},
                {"serviceaccount", {{"name", account.second}, {"uid", service_account_uid(account.first, account.second)}}}};
  const Json& reference = member(spec, "boundObjectRef");
  if (reference.is_object()) {
    const std::string pod_name = text_member(reference, "name");
    const auto pod = pods_.find({account.first, pod_name});
    if (text_member(reference, "kind") != "Pod") {
      return failure_status(400, "BadRequest", "only a Pod can be the boundObjectRef here");
    }
    if (pod == pods_.end()) {
      return not_found_status("pods", pod_name);
    }
    const std::string uid = text_member(reference, "uid");
    if (!uid.empty() && uid != pod->second.uid) {
      return failure_status(409, "Conflict", "the UID in the bound object reference (" + uid +
                                                 ") does not match the UID in record. The object might have been deleted and then recreated");
    }
    if (!pod->second.service_account.empty() && pod->second.service_account != account.second) {
      return failure_status(400, "BadRequest", "cannot bind token for serviceaccount \"" + account.second +
                                                   "\" to pod running with different serviceaccount name.");
    }
    bound["pod"] = {{"name", pod_name}, {"uid", pod->second.uid}};
  }
  const std::int64_t issued = unix_time(now);
  const Json claims = {{"aud", string_array(audiences_wanted)},
                       {"exp", issued + lifetime},
                       {"iat", issued},
                       {"nbf", std::min(issued, issued + lifetime)},
                       {"iss", kIssuer},
                       {"jti", crypto::random_uuid()},
                       {"kubernetes.io", bound},
                       {"sub", "system:serviceaccount:" + account.first + ":" + account.second}};
  Json answer = *std::move(body);
  answer["kind"] = "TokenRequest";
  answer["apiVersion"] = "authentication.k8s.io/v1";
  answer["metadata"] = {{"name", account.second}, {"namespace", account.first}};
  answer["spec"]["audiences"] = string_array(audiences_wanted);
  answer["spec"]["expirationSeconds"] = lifetime;
  answer["status"] = {{"token", sign_jwt(claims, key_id_, key_)},
                      {"expirationTimestamp", format_rfc3339_nano(std::chrono::floor<seconds>(now) + seconds(lifetime))}};
  return reply(201, answer);
}

Result<Json> KubeApi::verify(const std::string& token, const std::vector<std::string>& wanted, WallTime now) const {
  auto jwt = parse_jwt(token);
  if (!jwt || jwt->algorithm != "RS256" || !key_.public_key().verify("RS256", jwt->signed_part, jwt->signature)) {
    return invalid("invalid bearer token");
  }
  if (auto checked = check_times(jwt->claims, now, {}); !checked) {
    return invalid("[invalid bearer token, service account token has expired]");
  }
  std::vector<std::string> expected = wanted;
  if (expected.empty()) {
    expected.emplace_back(kIssuer);
  }
  const auto given = audiences(jwt->claims);
  Json shared = Json::array();
  for (const std::string& audience : given) {
    if (std::find(expected.begin(), expected.end(), audience) != expected.end()) {
      shared.push_back(audience);
    }
  }
  if (shared.empty()) {
    return invalid("[invalid bearer token, token audiences [" + join(given, " ") + "] is invalid for the target audiences [" +
                   join(expected, " ") + "]]");
  }
  const Json& bound = member(jwt->claims, "kubernetes.io");
  const std::string name_space = text_member(bound, "namespace");
  const Json& account = member(bound, "serviceaccount");
  Json user = {{"username", "system:serviceaccount:" + name_space + ":" + text_member(account, "name")},
               {"uid", text_member(account, "uid")},
               {"groups", Json::array({"system:serviceaccounts", "system:serviceaccounts:" + name_space, "system:authenticated"})}};
  const Json& pod = member(bound, "pod");
  if (pod.is_object()) {
    const std::string pod_name = text_member(pod, "name");
    const auto found = pods_.find({name_space, pod_name});
    if (found == pods_.end() || found->second.uid != text_member(pod, "uid")) {
      return invalid("[invalid bearer token, pod \"" + pod_name + "\" not found]");
    }
    user["extra"] = {{"authentication.kubernetes.io/pod-name", Json::array({pod_name})},
                     {"authentication.kubernetes.io/pod-uid", Json::array({found->second.uid})}};
  }
  return good({{"authenticated", true}, {"audiences", std::move(shared)}, {"user", std::move(user)}});
}

http::Response KubeApi::token_review(const http::Request& request, WallTime now) {
  auto body = parse_json(request.body.expose());
  if (!body || !body->is_object()) {
    return failure_status(400, "BadRequest", "a TokenReview in JSON is wanted");
  }
  const Json& spec = member(*body, "spec");
  auto status = verify(text_member(spec, "token"), texts_in(member(spec, "audiences")), now);
  Json answer = {{"kind", "TokenReview"}, {"apiVersion", "authentication.k8s.io/v1"}, {"metadata", Json::object()}, {"spec", spec}};
  answer["status"] = status ? *std::move(status) : Json{{"user", Json::object()}, {"error", status.error().message}};
  return reply(201, answer);
}

}  // namespace leasehold::devvault
