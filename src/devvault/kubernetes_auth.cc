// The checks of a login in the recorded order: role, configuration, claims, names, TokenReview.
#include "kubernetes_auth.h"

#include <algorithm>

#include "login_role.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kLocalFolder = "/var/run/secrets/kubernetes.io/serviceaccount/";
constexpr std::size_t kLocalFileBytesMax = 1024UL * 1024;
/// spec 7.2, check 7.
constexpr Leeways kLeeways{.expiry = seconds(60), .not_before = seconds(60)};

bool listed(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return glob_match(pattern, name); });
}

Result<void> check_mixture(const std::vector<std::string>& names) {
  if (names.size() > 1 && std::find(names.begin(), names.end(), "*") != names.end()) {
    return invalid("can not mix \"*\" with values");
  }
  return {};
}

/// matchLabels of a LabelSelector in JSON; nullopt when it is something else.
std::optional<Json> match_labels(const std::string& selector) {
  auto parsed = parse_json(selector);
  if (!parsed || !parsed->is_object() || parsed->contains("matchExpressions")) {
    return std::nullopt;
  }
  const Json& labels = member(*parsed, "matchLabels");
  return labels.is_object() ? std::optional<Json>(labels) : std::nullopt;
}

Json lower_listed(const std::vector<std::string>& names) { return names.empty() ? Json(nullptr) : string_array(names); }

}  // namespace

KubernetesAuth::KubernetesAuth(State& state) : state_(state) {
  using K = KubernetesAuth;
  std::vector<Route> routes;
  routes.push_back({.pattern = "config",
                    .fields = {{"kubernetes_host", FieldType::Text},
                               {"kubernetes_ca_cert", FieldType::Text},
                               {"token_reviewer_jwt", FieldType::Text},
                               {"pem_keys", FieldType::TextArray},
                               {"issuer", FieldType::Text},
                               {"disable_iss_validation", FieldType::Boolean},
                               {"disable_local_ca_jwt", FieldType::Boolean},
                               {"use_annotations_as_alias_metadata", FieldType::Boolean}},
                    .read = Handler(this, &K::read_config),
                    .write = Handler(this, &K::write_config)});
  Route login_route{.pattern = "login",
                    .fields = {{"role", FieldType::Text}, {"jwt", FieldType::Text}},
                    .write = Handler(this, &K::login)};
  login_route.unauthenticated = true;
  routes.push_back(std::move(login_route));
  routes.push_back({.pattern = "role", .fields = {}, .list = Handler(this, &K::list_roles)});
  FieldTable role = {{"name", FieldType::LowerText},
                     {"bound_service_account_names", FieldType::TextList},
                     {"bound_service_account_namespaces", FieldType::TextList},
                     {"bound_service_account_namespace_selector", FieldType::Text},
                     {"audience", FieldType::Text},
                     {"alias_name_source", FieldType::Text}};
  add_token_fields(role);
  Route role_route{.pattern = "role/{name}",
                   .fields = std::move(role),
                   .read = Handler(this, &K::read_role),
                   .write = Handler(this, &K::write_role),
                   .remove = Handler(this, &K::remove_role)};
  role_route.exists = [this](Exchange& exchange) { return roles_.contains(to_lower(text(exchange.fields, "name"))); };
  routes.push_back(std::move(role_route));
  set_routes(std::move(routes));
}

Answer KubernetesAuth::read_config(Exchange& /*exchange*/) {
  if (!config_) {
    return nothing_there();
  }
  return with_data({{"disable_iss_validation", config_->disable_iss_validation},
                    {"disable_local_ca_jwt", config_->disable_local_ca_jwt},
                    {"issuer", config_->issuer},
                    {"kubernetes_ca_cert", config_->ca_cert},
                    {"kubernetes_host", config_->host},
                    {"pem_keys", string_array(config_->pem_keys)},
                    {"token_reviewer_jwt_set", !config_->reviewer_jwt.empty()}});
}

Answer KubernetesAuth::write_config(Exchange& exchange) {
  const Json& fields = exchange.fields;
  Config config;
  config.host = text(fields, "kubernetes_host");
  config.ca_cert = text(fields, "kubernetes_ca_cert");
  config.reviewer_jwt = SecretString(text(fields, "token_reviewer_jwt"));
  config.pem_keys = texts(fields, "pem_keys");
  config.issuer = text(fields, "issuer");
  config.disable_iss_validation = boolean(fields, "disable_iss_validation", true);
  config.disable_local_ca_jwt = boolean(fields, "disable_local_ca_jwt");
  if (config.host.empty()) {
    return refused("no host provided");
  }
  // A plain API, as -dev-kube serves it, has no certificate to trust (docs/differences.md).
  const bool plain = config.host.starts_with("http://");
  if (config.disable_local_ca_jwt && config.ca_cert.empty() && !plain) {
    return refused("kubernetes_ca_cert must be given when disable_local_ca_jwt is true");
  }
  for (const std::string& pem : config.pem_keys) {
    if (auto key = crypto::PublicKey::from_pem(pem); !key) {
      return refused(key.error().message);
    }
  }
  config_ = std::move(config);
  return no_content();
}

Answer KubernetesAuth::read_role(Exchange& exchange) {
  const auto found = roles_.find(to_lower(text(exchange.fields, "name")));
  if (found == roles_.end()) {
    return nothing_there();
  }
  const Role& role = found->second;
  Json data = {{"alias_name_source", role.alias_name_source},
               {"bound_service_account_names", string_array(role.names)},
               {"bound_service_account_namespace_selector", role.namespace_selector},
               {"bound_service_account_namespaces", lower_listed(role.namespaces)}};
  if (!role.audience.empty()) {
    data["audience"] = role.audience;
  }
  show_token_terms(role.terms, data);
  return with_data(std::move(data));
}

Answer KubernetesAuth::write_role(Exchange& exchange) {
  const Json& fields = exchange.fields;
  const std::string name = to_lower(text(fields, "name"));
  Role role;
  if (const auto found = roles_.find(name); found != roles_.end()) {
    role = found->second;
  }
  if (auto read = read_token_terms(fields, role.terms); !read) {
    return refused(read.error().message);
  }
  if (has(fields, "bound_service_account_names")) {
    role.names = texts(fields, "bound_service_account_names");
  }
  if (has(fields, "bound_service_account_namespaces")) {
    role.namespaces = texts(fields, "bound_service_account_namespaces");
  }
  if (has(fields, "bound_service_account_namespace_selector")) {
    role.namespace_selector = text(fields, "bound_service_account_namespace_selector");
  }
  role.audience = has(fields, "audience") ? text(fields, "audience") : role.audience;
  if (role.names.empty()) {
    return refused("\"bound_service_account_names\" can not be empty");
  }
  if (role.namespaces.empty() && role.namespace_selector.empty()) {
    return refused(
        "\"bound_service_account_namespaces\" can not be empty if \"bound_service_account_namespace_selector\" is not set");
  }
  for (const auto* list : {&role.names, &role.namespaces}) {
    if (auto checked = check_mixture(*list); !checked) {
      return refused(checked.error().message);
    }
  }
  if (!role.namespace_selector.empty() && !match_labels(role.namespace_selector)) {
    return refused("invalid \"bound_service_account_namespace_selector\" configured");
  }
  if (has(fields, "alias_name_source")) {
    role.alias_name_source = text(fields, "alias_name_source");
  }
  if (role.alias_name_source != "serviceaccount_uid" && role.alias_name_source != "serviceaccount_name") {
    return refused("invalid alias_name_source, must be one of: serviceaccount_uid, serviceaccount_name");
  }
  roles_[name] = std::move(role);
  return no_content();
}

Answer KubernetesAuth::remove_role(Exchange& exchange) {
  roles_.erase(to_lower(text(exchange.fields, "name")));
  return no_content();
}

Answer KubernetesAuth::list_roles(Exchange& /*exchange*/) {
  std::vector<std::string> names;
  for (const auto& [name, role] : roles_) {
    names.push_back(name);
  }
  return key_list(names);
}

KubernetesAuth::Account KubernetesAuth::account_of(const Json& claims) {
  const Json& bound = member(claims, "kubernetes.io");
  if (bound.is_object()) {
    const Json& account = member(bound, "serviceaccount");
    return {.name_space = text_member(bound, "namespace"),
            .name = text_member(account, "name"),
            .uid = text_member(account, "uid"),
            .secret = ""};
  }
  const std::string prefix = "kubernetes.io/serviceaccount/";
  return {.name_space = text_member(claims, prefix + "namespace"),
          .name = text_member(claims, prefix + "service-account.name"),
          .uid = text_member(claims, prefix + "service-account.uid"),
          .secret = text_member(claims, prefix + "secret.name")};
}

bool KubernetesAuth::signature_good(const Jwt& jwt) const {
  return config_->pem_keys.empty() ||
         std::any_of(config_->pem_keys.begin(), config_->pem_keys.end(), [&](const std::string& pem) {
           auto key = crypto::PublicKey::from_pem(pem);
           return key && key->verify(jwt.algorithm, jwt.signed_part, jwt.signature);
         });
}

Result<void> KubernetesAuth::check_claims(const Jwt& jwt, const Role& role) const {
  if (auto checked = check_times(jwt.claims, state_.now(), kLeeways); !checked) {
    return checked;
  }
  if (!role.audience.empty()) {
    if (auto checked = check_audience(jwt.claims, {role.audience}); !checked) {
      return checked;
    }
  }
  const std::string issuer = config_->issuer.empty() ? "kubernetes/serviceaccount" : config_->issuer;
  if (!config_->disable_iss_validation && text_member(jwt.claims, "iss") != issuer) {
    return invalid("invalid issuer (iss) claim");
  }
  return {};
}

std::string KubernetesAuth::local_file(const char* name) const {
  if (config_->disable_local_ca_jwt) {
    return {};
  }
  auto text = runtime::read_file(std::string(kLocalFolder) + name, kLocalFileBytesMax);
  return text ? *std::move(text) : std::string();
}

http::Request KubernetesAuth::api_request(std::string method, std::string target, std::string_view bearer) const {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Accept", "application/json");
  SecretString authorization("Bearer ");
  authorization.append(bearer);
  request.secret_headers.emplace_back("Authorization", std::move(authorization));
  return request;
}

net::awaitable<Result<void>> KubernetesAuth::check_namespace(Role role, Account account) {
  if (listed(role.namespaces, account.name_space)) {
    co_return Result<void>();
  }
  if (role.namespace_selector.empty()) {
    co_return invalid("namespace not authorized");
  }
  if (config_->reviewer_jwt.empty()) {
    co_return invalid("namespace not authorized err=namespace lookup failed: TokenReviewer JWT needs to be configured to "
                      "use namespace selectors");
  }
  http::Request request = api_request("GET", "/api/v1/namespaces/" + percent_encode(account.name_space),
                                      config_->reviewer_jwt.expose());
  auto answer = co_await state_.outbound.send(config_->host, config_->ca_cert, std::move(request));
  if (!answer) {
    co_return invalid("namespace not authorized err=failed to get namespace: " + answer.error().message);
  }
  auto body = parse_json(answer->body.expose());
  if (answer->status != 200 || !body) {
    co_return invalid("namespace not authorized err=failed to get namespace (code " + std::to_string(answer->status) + ")");
  }
  const Json& labels = member(member(*body, "metadata"), "labels");
  const auto wanted = match_labels(role.namespace_selector);
  for (const auto& [key, value] : wanted->items()) {
    if (member(labels, key) != value) {
      co_return invalid("namespace not authorized");
    }
  }
  co_return Result<void>();
}

net::awaitable<bool> KubernetesAuth::review(std::string token, Role role, Account account,
                                            std::vector<std::string> wanted) {
  Json spec = {{"token", token}};
  if (!wanted.empty()) {
    spec["audiences"] = string_array(wanted);
  }
  const Json body = {{"metadata", Json::object()}, {"spec", spec}, {"status", {{"user", Json::object()}}}};
  std::string reviewer(config_->reviewer_jwt.expose());
  if (reviewer.empty()) {
    reviewer = std::string(trim_space(local_file("token")));
  }
  http::Request request = api_request("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
                                      reviewer.empty() ? std::string_view(token) : std::string_view(reviewer));
  SecretBytes bytes;
  write_json(body, bytes);
  request.body = SecretString(std::move(bytes));
  std::string ca = config_->ca_cert.empty() ? local_file("ca.crt") : config_->ca_cert;
  auto answer = co_await state_.outbound.send(config_->host, std::move(ca), std::move(request));
  if (!answer || answer->status < 200 || answer->status > 206) {
    state_.log.warn("token review failed", {{"error", answer ? "status " + std::to_string(answer->status) : answer.error().message}});
    co_return false;
  }
  auto review = parse_json(answer->body.expose());
  const Json& status = review ? member(*review, "status") : member(Json(), "");
  const Json& user = member(status, "user");
  const bool authenticated = text_member(status, "error").empty() && boolean(status, "authenticated");
  const bool same = text_member(user, "username") == "system:serviceaccount:" + account.name_space + ":" + account.name &&
                    text_member(user, "uid") == account.uid;
  if (!authenticated || !same) {
    state_.log.warn("token review refused a login",
                    {{"namespace", account.name_space}, {"name", account.name}, {"reason", text_member(status, "error")}});
    co_return false;
  }
  const auto confirmed = texts(status, "audiences");
  co_return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& audience) {
    return std::find(confirmed.begin(), confirmed.end(), audience) != confirmed.end();
  });
}

net::awaitable<Answer> KubernetesAuth::login(Exchange& exchange) {
  const std::string role_name = text(exchange.fields, "role");
  const std::string token = text(exchange.fields, "jwt");
  if (role_name.empty() || token.empty()) {
    co_return refused(role_name.empty() ? "missing role" : "missing jwt");
  }
  const auto found = roles_.find(to_lower(role_name));
  if (found == roles_.end()) {
    co_return refused("invalid role name " + go_quote(role_name));
  }
  const Role role = found->second;
  if (!address_allowed(role.terms.bound_cidrs, exchange.call.remote_address)) {
    co_return denied();
  }
  if (!config_) {
    co_return failure(500, "could not load backend configuration");
  }
  auto jwt = parse_jwt(token);
  if (!jwt || !is_asymmetric(jwt->algorithm) || !signature_good(*jwt)) {
    co_return denied();
  }
  if (auto checked = check_claims(*jwt, role); !checked) {
    co_return failure(403, checked.error().message);
  }
  const Account account = account_of(jwt->claims);
  if (!listed(role.names, account.name)) {
    co_return failure(403, "service account name not authorized");
  }
  if (auto checked = co_await check_namespace(role, account); !checked) {
    co_return failure(403, checked.error().message);
  }
  std::vector<std::string> wanted = role.audience.empty() ? audiences(jwt->claims) : std::vector<std::string>{role.audience};
  if (!co_await review(token, role, account, std::move(wanted))) {
    co_return denied();
  }
  Answer answer;
  LoginOffer& offer = answer.login.emplace();
  offer.terms = role.terms;
  offer.metadata = {{"role", role_name},
                    {"service_account_name", account.name},
                    {"service_account_namespace", account.name_space},
                    {"service_account_secret_name", account.secret},
                    {"service_account_uid", account.uid}};
  offer.display_name = account.name_space + "-" + account.name;
  offer.alias = role.alias_name_source == "serviceaccount_name" ? account.name_space + "/" + account.name : account.uid;
  offer.internal = Json{{"role", to_lower(role_name)}};
  co_return answer;
}

LoginRenewal KubernetesAuth::renew_login(const Token& token) {
  const std::string name = text_member(token.internal, "role");
  return renew_by_role(roles_, name, name);
}

}  // namespace leasehold::devvault
