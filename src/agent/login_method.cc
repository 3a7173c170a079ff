#include "login_method.h"

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

constexpr std::string_view kServiceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

class KubernetesMethod final : public LoginMethod {
 public:
  KubernetesMethod(std::string role, std::string token_path)
      : role_(std::move(role)), token_path_(std::move(token_path)) {}

  Result<SecretString> login_body() override {
    auto file = runtime::read_secret_file(token_path_, limits::kTokenFileBytesMax);
    if (!file) {
      return file.error().in("error reading JWT with Kubernetes Auth");
    }
    // expose(): the JWT goes into the request body
    const std::string_view jwt = trim_space(file->expose());
    if (jwt.empty()) {
      return transient("error reading JWT with Kubernetes Auth: " + token_path_ +
                       " is empty: the kubelet has not written the projected token yet, or the volume's "
                       "serviceAccountToken source is missing");
    }
    json::ObjectWriter body;
    body.member("role", role_).member("jwt", jwt);
    return body.finish();
  }

 private:
  std::string role_;
  std::string token_path_;
};

Result<std::unique_ptr<LoginMethod>> make_kubernetes(const MethodConfig& config) {
  const auto failed = [](std::string_view why) {
    return invalid("Error creating kubernetes auth method: " + std::string(why));
  };
  if (!config.has_config) return failed("empty config data");
  const auto role = config.config.find("role");
  if (role == config.config.end()) return failed("missing 'role' value");
  if (role->second.empty()) return failed("'role' value is empty");
  const auto path = config.config.find("token_path");
  std::string token_path(path == config.config.end() ? kServiceAccountToken : std::string_view(path->second));
  return std::unique_ptr<LoginMethod>(std::make_unique<KubernetesMethod>(role->second, std::move(token_path)));
}

struct Row {
  std::string_view type;
  Result<std::unique_ptr<LoginMethod>> (*make)(const MethodConfig& config);
};
constexpr Row kMethods[] = {
    {"kubernetes", make_kubernetes},
};

}  // namespace

Result<std::unique_ptr<LoginMethod>> make_login_method(const MethodConfig& config) {
  if (const auto right = check_method(config); !right) return right.error();
  for (const auto& row : kMethods) {
    if (row.type == config.type) return row.make(config);
  }
  return invalid("Error creating " + config.type + " auth method: this version can log in with kubernetes only");
}

}  // namespace leasehold::agent
