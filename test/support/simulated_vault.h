// A Vault in virtual time for the agent's simulator: tokens and database leases with TTLs, maximum
// TTLs, revocation, sealing and faults. It judges requests as spec/vault-api.md says.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "support/vault_script.h"
#include "support/virtual_clock.h"

namespace leasehold::test {

class SimulatedVault {
 public:
  using TimePoint = runtime::Clock::TimePoint;
  using Seconds = std::chrono::seconds;

  struct Settings {
    Seconds token_ttl{300};
    Seconds token_max{3600};
    Seconds lease_ttl{60};
    Seconds lease_max{600};
    bool may_look_up = true;
    bool batch = false;      ///< tokens are batch tokens: never renewed, leases end with them
    bool renewable = true;   ///< of leases
    Seconds rotation{0};     ///< of the static role; 0: there is none
    bool may_revoke = false;  ///< leases of others; its own token it always may
  };

  SimulatedVault(VirtualClock& clock, Settings settings) : clock_(clock), settings_(settings), script_(clock) {
    script_.answer = [this](const SeenRequest& request) { return answer(request); };
  }

  VaultScript& script() { return script_; }
  bool down = false;
  bool sealed = false;
  /// Consulted first for every request; a set value is the answer.
  std::function<std::optional<Result<http::Response>>(const SeenRequest&)> fault;

  /// The password of the static role now.
  [[nodiscard]] std::string static_password() const { return "static-" + number(rotations()); }
  /// The value at secret/data/app.
  int kv_version = 1;

  void revoke_all_leases() { leases_.clear(); }
  void revoke_all_tokens() {
    tokens_.clear();
    leases_.clear();
  }
  /// Passwords that PostgreSQL would accept now.
  [[nodiscard]] bool works(const std::string& password) const {
    const auto now = clock_.now();
    return std::any_of(leases_.begin(), leases_.end(), [&](const auto& entry) {
      return entry.second.password == password && alive(entry.second, now) && token_alive(entry.second.token);
    });
  }
  [[nodiscard]] std::size_t live_leases() const {
    const auto now = clock_.now();
    return static_cast<std::size_t>(std::ranges::count_if(leases_, [&](const auto& entry) {
      return alive(entry.second, now) && token_alive(entry.second.token);
    }));
  }
  [[nodiscard]] std::size_t credentials_made() const { return next_lease_; }
  [[nodiscard]] std::size_t logins() const { return next_token_; }
  [[nodiscard]] const std::string& last_password() const { return last_password_; }

 private:
  struct Granted {
    TimePoint issued{};
    TimePoint ends{};
    std::string token;
    std::string password;
  };

  static bool alive(const Granted& granted, TimePoint now) { return granted.ends > now; }
  [[nodiscard]] bool token_alive(const std::string& token) const {
    const auto found = tokens_.find(token);
    return found != tokens_.end() && alive(found->second, clock_.now());
  }

  Seconds extend(Granted& granted, Seconds ttl, Seconds max) {
    const auto now = clock_.now();
    granted.ends = std::min(now + ttl, granted.issued + max);
    return std::chrono::duration_cast<Seconds>(granted.ends - now);
  }

  static std::string number(std::int64_t value) { return std::to_string(value); }

  Result<http::Response> answer(const SeenRequest& request) {
    if (fault) {
      if (auto forced = fault(request)) return *std::move(forced);
    }
    if (down) return transient("dial tcp 127.0.0.1:8200: connect: connection refused");
    if (sealed) return json_answer(503, R"({"errors":["Vault is sealed"]})");
    if (request.what == "PUT /v1/auth/kubernetes/login") return log_in(request);
    if (!token_alive(request.token)) return json_answer(403, R"({"errors":["permission denied"]})");
    if (request.what == "PUT /v1/auth/token/renew-self") return renew_token(request.token);
    if (request.what == "GET /v1/auth/token/lookup-self") return look_up_token(request.token);
    if (request.what == "PUT /v1/auth/token/revoke-self") {
      tokens_.erase(request.token);
      return json_answer(204, "");
    }
    if (request.what == "PUT /v1/sys/capabilities-self") {
      return json_answer(200, settings_.may_revoke ? R"({"data":{"capabilities":["update"]}})"
                                                   : R"({"data":{"capabilities":["deny"]}})");
    }
    if (request.what == "PUT /v1/sys/leases/revoke") return revoke_lease(request);
    if (request.what == "PUT /v1/sys/leases/renew") return with_lease(request, true);
    if (request.what == "PUT /v1/sys/leases/lookup") return with_lease(request, false);
    if (request.what == "GET /v1/database/creds/app") return make_credentials(request.token);
    if (request.what == "PUT /v1/sys/wrapping/wrap") return wrapped(request.wrap_ttl);
    if (request.what == "GET /v1/secret/data/app") return read_kv();
    if (request.what == "GET /v1/database/static-creds/app" && settings_.rotation.count() > 0) return read_static_role();
    if (request.what.starts_with("GET /v1/sys/internal/ui/mounts/secret/") ||
        request.what.starts_with("GET /v1/sys/internal/ui/mounts/team/secret/")) {
      return json_answer(200, R"({"data":{"type":"kv","path":"secret/","options":{"version":"2"}}})");
    }
    if (request.what.starts_with("GET /v1/sys/internal/ui/mounts/")) {
      return json_answer(200, R"({"data":{"type":"database","path":"database/","options":{}}})");
    }
    return json_answer(404, R"({"errors":[]})");
  }

  [[nodiscard]] std::int64_t rotations() const {
    return std::chrono::duration_cast<Seconds>(clock_.now().time_since_epoch()) / settings_.rotation;
  }

  [[nodiscard]] Result<http::Response> read_static_role() const {
    const auto since = std::chrono::duration_cast<Seconds>(clock_.now().time_since_epoch()) % settings_.rotation;
    return json_answer(200, R"({"data":{"username":"fixed","password":")" + static_password() + R"(","rotation_period":)" +
                                number(settings_.rotation.count()) + R"(,"ttl":)" +
                                number((settings_.rotation - since).count()) + "}}");
  }

  [[nodiscard]] Result<http::Response> read_kv() const {
    return json_answer(200, R"({"request_id":")" + number(clock_.now().time_since_epoch().count()) +
                                R"(","data":{"data":{"value":"v)" + number(kv_version) +
                                R"("},"metadata":{"deletion_time":"","version":1}}})");
  }

  static Result<http::Response> wrapped(const std::string& ttl) {
    return json_answer(200, R"({"wrap_info":{"token":"s.wrapping","accessor":"acc","ttl":)" + (ttl.empty() ? "0" : ttl) +
                                R"(,"creation_time":"2026-11-21T10:03:27.5Z","creation_path":"sys/wrapping/wrap"}})");
  }

  Result<http::Response> log_in(const SeenRequest& request) {
    if (!request.wrap_ttl.empty()) return wrapped(request.wrap_ttl);
    const std::string token = "s.token-number-" + number(static_cast<std::int64_t>(++next_token_));
    Granted granted{.issued = clock_.now(), .ends = {}, .token = "", .password = ""};
    const auto ttl = extend(granted, settings_.token_ttl, settings_.token_max);
    tokens_[token] = granted;
    const std::string kind = settings_.batch ? R"(","renewable":false,"token_type":"batch","lease_duration":)"
                                             : R"(","renewable":true,"token_type":"service","lease_duration":)";
    return json_answer(200, R"({"auth":{"client_token":")" + token + kind + number(ttl.count()) + "}}");
  }

  Result<http::Response> renew_token(const std::string& token) {
    const auto ttl = extend(tokens_[token], settings_.token_ttl, settings_.token_max);
    return json_answer(200, R"({"auth":{"client_token":")" + token + R"(","renewable":true,"lease_duration":)" +
                                number(ttl.count()) + "}}");
  }

  Result<http::Response> look_up_token(const std::string& token) {
    const auto rest = std::chrono::duration_cast<Seconds>(tokens_[token].ends - clock_.now());
    return json_answer(200, R"({"data":{"renewable":true,"ttl":)" + number(rest.count()) + "}}");
  }

  Result<http::Response> revoke_lease(const SeenRequest& request) {
    if (!settings_.may_revoke) return json_answer(403, R"({"errors":["1 error occurred:\n\t* permission denied\n\n"]})");
    leases_.erase(lease_of(request));
    return json_answer(204, "");
  }

  Result<http::Response> make_credentials(const std::string& token) {
    const std::string id = "database/creds/app/lease-" + number(static_cast<std::int64_t>(++next_lease_));
    last_password_ = "password-" + number(static_cast<std::int64_t>(next_lease_));
    Granted granted{.issued = clock_.now(), .ends = {}, .token = token, .password = last_password_};
    const auto ttl = extend(granted, settings_.lease_ttl, settings_.lease_max);
    leases_[id] = granted;
    return json_answer(200, R"({"lease_id":")" + id + R"(","renewable":)" + (settings_.renewable ? "true" : "false") +
                                R"(,"lease_duration":)" + number(ttl.count()) + R"(,"data":{"username":"u","password":")" + last_password_ + R"("}})");
  }

  static std::string lease_of(const SeenRequest& request) {
    const auto start = request.body.find(R"("lease_id":")") + 12;
    return request.body.substr(start, request.body.find('"', start) - start);
  }

  Result<http::Response> with_lease(const SeenRequest& request, bool renew) {
    const std::string id = lease_of(request);
    if (!renew && !settings_.may_look_up) {
      return json_answer(403, R"({"errors":["1 error occurred:\n\t* permission denied\n\n"]})");
    }
    const auto found = leases_.find(id);
    if (found == leases_.end() || !alive(found->second, clock_.now()) || !token_alive(found->second.token)) {
      return json_answer(400, renew ? R"({"errors":["lease not found"]})" : R"({"errors":["invalid lease"]})");
    }
    if (renew) {
      const auto ttl = extend(found->second, settings_.lease_ttl, settings_.lease_max);
      return json_answer(200, R"({"lease_id":")" + id + R"(","renewable":true,"lease_duration":)" + number(ttl.count()) + "}");
    }
    const auto rest = std::chrono::duration_cast<Seconds>(found->second.ends - clock_.now());
    return json_answer(200, R"({"data":{"id":")" + id + R"(","renewable":)" +
                                (settings_.renewable ? "true" : "false") + R"(,"ttl":)" + number(rest.count()) + "}}");
  }

  VirtualClock& clock_;
  Settings settings_;
  VaultScript script_;
  std::map<std::string, Granted> tokens_;
  std::map<std::string, Granted> leases_;
  std::size_t next_token_ = 0;
  std::size_t next_lease_ = 0;
  std::string last_password_;
};

}  // namespace leasehold::test
