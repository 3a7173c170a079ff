// jwt, and the methods that log in with a name and a password: a file that may be replaced while the
// agent runs, and is removed after reading unless told otherwise.
#include "credential_file.h"
#include "leasehold/json/writer.h"
#include "login_methods.h"

namespace leasehold::agent {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kPeriodWhenRemoving = std::chrono::milliseconds(500);
constexpr nanoseconds kPeriod = std::chrono::minutes(1);

CredentialFileOptions file_options(const MethodConfig& config, std::string_view path, std::string_view what, bool trim) {
  return {.path = text_setting(config, path),
          .trim = trim,
          .remove = flag_setting(config, "remove_" + std::string(what) + "_after_reading", true),
          .follow_symlink = flag_setting(config, "remove_" + std::string(what) + "_follows_symlinks", false)};
}

nanoseconds period_of(const MethodConfig& config, std::string_view key, bool removing) {
  return duration_setting(config, key, removing ? kPeriodWhenRemoving : kPeriod);
}

class JwtMethod final : public LoginMethod {
 public:
  JwtMethod(const MethodConfig& config, const log::Logger& log)
      : path_(login_path(config)),
        role_(text_setting(config, "role")),
        log_(log.named("jwt")),
        file_(file_options(config, "path", "jwt", /*trim=*/false), log_),
        period_(period_of(config, "jwt_read_period", flag_setting(config, "remove_jwt_after_reading", true))) {
    log_.info("jwt auth method created", {{"path", file_.path()}});
  }

  net::awaitable<Result<LoginRequest>> next_login(vault::Client& /*client*/) override {
    const CredentialRead found = file_.read();
    if (found == CredentialRead::Empty) log_.warn("empty jwt file read");
    if (file_.value().empty()) {
      co_return transient("latest known jwt is empty, cannot authenticate: " + explain(found));
    }
    json::ObjectWriter body;
    // expose(): the JWT goes into the request body
    body.member("role", role_).member("jwt", file_.value().expose());
    co_return LoginRequest{.path = path_, .body = body.finish()};
  }

  [[nodiscard]] nanoseconds watch_interval() const override { return period_; }
  bool new_credential() override {
    const bool fresh = file_.read() == CredentialRead::New;
    if (fresh) log_.debug("new jwt file found");
    return fresh;
  }

 private:
  std::string explain(CredentialRead found) const {
    if (found == CredentialRead::Unreadable) return file_.problem();
    return file_.path() + (found == CredentialRead::Empty ? " is empty" : " is not there");
  }

  std::string path_;
  std::string role_;
  log::Logger log_;
  CredentialFile file_;
  nanoseconds period_;
};

class PasswordMethod final : public LoginMethod {
 public:
  PasswordMethod(const MethodConfig& config, const log::Logger& log)
      : path_(login_path(config) + "/" + text_setting(config, "username")),
        file_(file_options(config, "password_file_path", "password", /*trim=*/true), log.named(config.type)),
        period_(period_of(config, "password_read_period", flag_setting(config, "remove_password_after_reading", true))) {}

  net::awaitable<Result<LoginRequest>> next_login(vault::Client& /*client*/) override {
    const CredentialRead found = file_.read();
    if (file_.value().empty()) {
      const std::string why = found == CredentialRead::Unreadable ? file_.problem()
                              : found == CredentialRead::Empty    ? file_.path() + " is empty"
                                                                  : file_.path() + " is not there";
      co_return transient("latest known password is empty, cannot authenticate: " + why);
    }
    json::ObjectWriter body;
    // expose(): the password goes into the request body
    body.member("password", file_.value().expose());
    co_return LoginRequest{.path = path_, .body = body.finish()};
  }

  [[nodiscard]] nanoseconds watch_interval() const override { return period_; }
  bool new_credential() override { return file_.read() == CredentialRead::New; }

 private:
  std::string path_;
  CredentialFile file_;
  nanoseconds period_;
};

}  // namespace

std::unique_ptr<LoginMethod> make_jwt(const MethodConfig& config, const log::Logger& log) {
  return std::make_unique<JwtMethod>(config, log);
}

std::unique_ptr<LoginMethod> make_password_login(const MethodConfig& config, const log::Logger& log) {
  return std::make_unique<PasswordMethod>(config, log);
}

}  // namespace leasehold::agent
