// The small Kubernetes API of -dev-kube: pods, signed ServiceAccount tokens and TokenReview, enough
// for Kubernetes logins on a laptop. Pure: a request and a time give an answer.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "call.h"
#include "crypto.h"
#include "jwt.h"
#include "leasehold/http/message.h"

namespace leasehold::devvault {

/// Routes:
///   GET    /version, /healthz, /openid/v1/jwks, /.well-known/openid-configuration
///   POST   /api/v1/namespaces/NS/pods                       a Pod; gives it a uid
///   GET, DELETE /api/v1/namespaces/NS/pods/NAME
///   GET    /api/v1/namespaces/NS                            any name exists
///   POST   /api/v1/namespaces/NS/serviceaccounts/SA/token   TokenRequest
///   POST   /apis/authentication.k8s.io/v1/tokenreviews      TokenReview
/// Nobody is asked for a credential: it listens on loopback, for development.
class KubeApi {
 public:
  /// Error: no key could be made.
  static Result<KubeApi> create();
  http::Response respond(const http::Request& request, WallTime now);

 private:
  struct Pod {
    std::string uid;
    std::string service_account;
    Json object;
  };
  using Name = std::pair<std::string, std::string>;  ///< namespace, name

  explicit KubeApi(crypto::KeyPair key);
  http::Response pods(const http::Request& request, const std::vector<std::string>& path, WallTime now);
  http::Response token_request(const http::Request& request, const Name& account, WallTime now);
  http::Response token_review(const http::Request& request, WallTime now);
  [[nodiscard]] Result<Json> verify(const std::string& token, const std::vector<std::string>& wanted, WallTime now) const;
  [[nodiscard]] Json jwks() const;

  crypto::KeyPair key_;
  std::string key_id_;
  std::map<Name, Pod> pods_;
};

/// The uid of a ServiceAccount: always the same for the same name, as accounts are not stored.
std::string service_account_uid(const std::string& name_space, const std::string& name);

}  // namespace leasehold::devvault
