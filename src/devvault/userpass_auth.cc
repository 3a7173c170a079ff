// Users with bcrypt hashes, and the lock after five failures.
#include "userpass_auth.h"

#include <crypt.h>

#include "kv1.h"
#include "leasehold/base/text.h"
#include "login_role.h"

namespace leasehold::devvault {
namespace {

constexpr int kFailuresMax = 5;
constexpr std::chrono::minutes kLock{15};
/// bcrypt's smallest cost that is still sane here: a development server, and tests log in often.
constexpr unsigned long kCost = 5;

/// crypt(3) of password under a setting or an earlier hash; "" when it fails.
std::string crypt_with(const std::string& password, const std::string& setting) {
  crypt_data work{};
  const char* hash = crypt_r(password.c_str(), setting.c_str(), &work);
  return hash == nullptr || *hash == '*' ? std::string() : std::string(hash);
}

std::string hash_password(const std::string& password) {
  char setting[CRYPT_GENSALT_OUTPUT_SIZE] = {};
  LH_ASSERT(crypt_gensalt_rn("$2b$", kCost, nullptr, 0, setting, sizeof setting) != nullptr);
  return crypt_with(password, setting);
}

Answer wrong_login() { return refused("invalid username or password"); }

}  // namespace

UserpassAuth::UserpassAuth(State& state) : state_(state) {
  using U = UserpassAuth;
  FieldTable user = {{"username", FieldType::LowerText}, {"password", FieldType::Text}, {"password_hash", FieldType::Text}};
  add_token_fields(user);
  std::vector<Route> routes;
  routes.push_back({.pattern = "users", .list = Handler(this, &U::list_users)});
  Route users{.pattern = "users/{username}",
              .fields = user,
              .read = Handler(this, &U::read_user),
              .write = Handler(this, &U::write_user),
              .remove = Handler(this, &U::remove_user)};
  users.exists = [this](Exchange& exchange) { return users_.contains(to_lower(text(exchange.fields, "username"))); };
  routes.push_back(std::move(users));
  routes.push_back({.pattern = "users/{username}/password", .fields = user, .write = Handler(this, &U::write_password)});
  routes.push_back({.pattern = "users/{username}/policies", .fields = user, .write = Handler(this, &U::write_user)});
  Route login{.pattern = "login/{username}", .fields = user, .write = Handler(this, &U::login)};
  login.unauthenticated = true;
  routes.push_back(std::move(login));
  set_routes(std::move(routes));
}

bool UserpassAuth::set_password(const Json& fields, User& user) {
  if (const std::string password = text(fields, "password"); !password.empty()) {
    user.password_hash = hash_password(password);
    return true;
  }
  user.password_hash = text(fields, "password_hash");
  return !user.password_hash.empty();
}

Answer UserpassAuth::read_user(Exchange& exchange) {
  const auto found = users_.find(text(exchange.fields, "username"));
  if (found == users_.end()) {
    return nothing_there();
  }
  Json data = Json::object();
  show_token_terms(found->second.terms, data);
  return with_data(std::move(data));
}

Answer UserpassAuth::write_user(Exchange& exchange) {
  const std::string name = text(exchange.fields, "username");
  const auto found = users_.find(name);
  User user = found == users_.end() ? User() : found->second;
  const bool gives_password = has(exchange.fields, "password") || has(exchange.fields, "password_hash");
  if ((found == users_.end() || gives_password) && !set_password(exchange.fields, user)) {
    return refused("must provide either password or password_hash");
  }
  if (auto read = read_token_terms(exchange.fields, user.terms); !read) {
    return refused(read.error().message);
  }
  users_[name] = std::move(user);
  return no_content();
}

Answer UserpassAuth::write_password(Exchange& exchange) {
  const auto found = users_.find(text(exchange.fields, "username"));
  if (found == users_.end()) {
    return refused("username does not exist");
  }
  return set_password(exchange.fields, found->second) ? no_content()
                                                      : refused("must provide either password or password_hash");
}

Answer UserpassAuth::remove_user(Exchange& exchange) {
  users_.erase(text(exchange.fields, "username"));
  return no_content();
}

Answer UserpassAuth::list_users(Exchange& /*exchange*/) { return list_keys(users_, ""); }

void UserpassAuth::count_failure(const std::string& name) {
  Failures& failures = failures_[name];
  const WallTime now = state_.now();
  if (failures.count == 0 || now - failures.first > kLock) {
    failures = {.count = 0, .first = now, .locked_until = std::nullopt};
  }
  if (++failures.count >= kFailuresMax) {
    failures.locked_until = now + kLock;
  }
}

void UserpassAuth::unlock_user(const std::string& name) { failures_.erase(name); }

Answer UserpassAuth::login(Exchange& exchange) {
  const std::string name = text(exchange.fields, "username");
  const std::string password = text(exchange.fields, "password");
  if (password.empty()) {
    return failure(500, "missing password");
  }
  if (const auto locked = failures_.find(name); locked != failures_.end() && locked->second.locked_until) {
    if (*locked->second.locked_until > state_.now()) {
      return denied();
    }
    failures_.erase(locked);
  }
  const auto found = users_.find(name);
  if (found == users_.end()) {
    return wrong_login();
  }
  const User& user = found->second;
  const std::string hash = crypt_with(password, user.password_hash);
  if (hash.empty() || !(SecretString(hash) == SecretString(user.password_hash))) {
    count_failure(name);
    return wrong_login();
  }
  failures_.erase(name);
  Answer answer;
  LoginOffer& offer = answer.login.emplace();
  offer.terms = user.terms;
  offer.metadata = {{"username", name}};
  offer.display_name = name;
  offer.alias = name;
  offer.internal = Json{{"username", name}};
  return answer;
}

LoginRenewal UserpassAuth::renew_login(const Token& token) {
  const auto found = users_.find(text_member(token.internal, "username"));
  if (found == users_.end()) {
    // compat: the user is gone: an empty answer, golden/vault-api/auth-userpass
    return {.terms = {}, .refusal = no_content()};
  }
  const TokenTerms& terms = found->second.terms;
  if (token_policies(terms.policies, !terms.no_default_policy) != token.policies) {
    return {.terms = {}, .refusal = engine_failure("failed to renew entry: policies have changed, not renewing")};
  }
  return {.terms = terms, .refusal = std::nullopt};
}

}  // namespace leasehold::devvault
