// What an engine (a secrets engine, an auth method, sys itself) is to the core, and the route table
// that most engines are made of.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "call.h"
#include "fields.h"
#include "leasehold/base/result.h"

namespace leasehold::devvault {

namespace net = boost::asio;

struct Lease;
struct Mount;
struct Token;

/// One request on its way through an engine. Lives in the core's frame while it is handled.
struct Exchange {
  Call call;
  std::shared_ptr<Mount> mount;
  std::shared_ptr<Token> token;  ///< null on unauthenticated paths
  bool root = false;             ///< the token has the root policy
  bool sudo = false;             ///< the ACL grants sudo on this path
  std::string path;              ///< below the mount
  Json fields = Json::object();  ///< converted fields, captures included
};

class Handler {
 public:
  Handler() = default;
  template <class E>
  Handler(E* self, Answer (E::*method)(Exchange&))
      : now_([self, method](Exchange& exchange) { return (self->*method)(exchange); }) {}
  template <class E>
  Handler(E* self, net::awaitable<Answer> (E::*method)(Exchange&))
      : later_([self, method](Exchange& exchange) { return (self->*method)(exchange); }) {}
  explicit operator bool() const { return now_ || later_; }
  net::awaitable<Answer> run(Exchange& exchange) const;

 private:
  std::function<Answer(Exchange&)> now_;
  std::function<net::awaitable<Answer>(Exchange&)> later_;
};

/// A path of an engine: `config/{name}`, `data/{path*}` (the rest, not empty), `login`.
struct Route {
  std::string_view pattern;
  FieldTable fields{};
  Handler read{};
  Handler write{};
  Handler remove{};
  Handler list{};
  Handler patch{};
  /// Whether the thing exists, which tells create from update; empty: always update.
  std::function<bool(Exchange&)> exists{};
  bool unauthenticated = false;
  bool takes_anything = false;   ///< unknown fields give no warning
};

/// How a login token's renewal goes: new terms, or an answer that refuses it.
struct LoginRenewal {
  TokenTerms terms;
  std::optional<Answer> refusal;
};

/// The renewal of a login by a role: the role's terms as they are now, or the refusal when the role
/// is gone. shown: the role's name as the text of the refusal has it.
template <class Roles>
LoginRenewal renew_by_role(const Roles& roles, const std::string& name, std::string_view shown) {
  const auto found = roles.find(name);
  if (found != roles.end()) return {.terms = found->second.terms, .refusal = std::nullopt};
  return {.terms = {},
          .refusal = engine_failure("failed to renew entry: role " + std::string(shown) + " does not exist during renewal")};
}

/// Renewal of a lease: its new TTL and warnings.
struct LeaseRenewal {
  seconds ttl{0};
  std::vector<std::string> warnings;
};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  [[nodiscard]] virtual bool unauthenticated(std::string_view path) const = 0;
  /// nullopt: the engine does not look.
  virtual std::optional<bool> exists(Exchange& exchange) = 0;
  virtual net::awaitable<Answer> handle(Exchange& exchange) = 0;

  // --- for engines that give leases ---
  /// Error: the text for `failed to renew entry: ...`.
  virtual net::awaitable<Result<LeaseRenewal>> renew_lease(std::shared_ptr<Lease> lease, seconds increment);
  virtual net::awaitable<Result<void>> revoke_lease(std::shared_ptr<Lease> lease);
  // --- for auth methods ---
  virtual LoginRenewal renew_login(const Token& token);
  /// After too many failed logins (userpass).
  virtual void unlock_user(const std::string& /*name*/) {}
  /// For engines with work of their own in time (static roles). Called about every second.
  virtual net::awaitable<void> tick();
};

/// An engine made of routes.
class RoutedEngine : public Engine {
 public:
  [[nodiscard]] bool unauthenticated(std::string_view path) const override;
  std::optional<bool> exists(Exchange& exchange) override;
  net::awaitable<Answer> handle(Exchange& exchange) override;

 protected:
  /// First match wins. Called once, by the constructor of the engine.
  void set_routes(std::vector<Route> routes) { routes_ = std::move(routes); }

 private:
  const Route* find(std::string_view path, Json& captures) const;
  std::vector<Route> routes_;
};

/// Matches path against a route's pattern; captures go into captures as strings.
bool match_pattern(std::string_view pattern, std::string_view path, Json& captures);

/// The keys directly below prefix, folders with '/', sorted bytewise, each once.
/// names must be sorted; prefix is "" or ends in '/'.
std::vector<std::string> children_of(const std::vector<std::string>& names, std::string_view prefix);

}  // namespace leasehold::devvault
