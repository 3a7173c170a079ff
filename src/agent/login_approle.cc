// approle: two files, of which the second may hold a wrapping token instead of the secret id.
#include <boost/asio/use_awaitable.hpp>

#include "credential_file.h"
#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"
#include "login_methods.h"

namespace leasehold::agent {
namespace {

/// Takes one text out of the member `data` of an answer.
class DataText final : public json::Visitor {
 public:
  explicit DataText(std::string_view wanted) : wanted_(wanted) {}
  SecretString take() { return std::move(text_); }

  bool null_value() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number(std::string_view /*literal*/) override { return true; }
  bool string(std::string_view value) override {
    if (depth_ == 2 && in_data_ && key_ == wanted_) text_ = SecretString(value);
    return true;
  }
  bool key(std::string_view name) override {
    if (depth_ == 1) in_data_ = name == "data";
    if (depth_ == 2) key_ = name;
    return true;
  }
  bool begin_object() override { return ++depth_ > 0; }
  bool end_object() override { return --depth_ >= 0; }
  bool begin_array() override { return ++depth_ > 0; }
  bool end_array() override { return --depth_ >= 0; }

 private:
  std::string_view wanted_;
  SecretString text_;
  std::string key_;
  int depth_ = 0;
  bool in_data_ = false;
};

SecretString data_text(const vault::Answer& answer, std::string_view name) {
  DataText reader(name);
  // expose(): one member of the answer is wanted
  if (!json::read(answer.body.expose(), reader)) return {};
  return reader.take();
}

class ApproleMethod final : public LoginMethod {
 public:
  ApproleMethod(const MethodConfig& config, const log::Logger& log)
      : path_(login_path(config)),
        log_(log.named("approle")),
        role_id_({.path = text_setting(config, "role_id_file_path")}, log_),
        secret_id_({.path = text_setting(config, "secret_id_file_path"),
                    .remove = flag_setting(config, "remove_secret_id_file_after_reading", true)},
                   log_),
        wrapping_path_(text_setting(config, "secret_id_response_wrapping_path")) {}

  net::awaitable<Result<LoginRequest>> next_login(vault::Client& client) override {
    if (auto read = take(role_id_, "role ID"); !read) co_return read.error();
    json::ObjectWriter body;
    body.member("role_id", role_id_.value().expose());  // expose(): goes into the request body
    if (!secret_id_.path().empty()) {
      auto secret = co_await secret_id(client);
      if (!secret) co_return secret.error();
      body.member("secret_id", (*secret)->expose());  // expose(): goes into the request body
    }
    co_return LoginRequest{.path = path_, .body = body.finish()};
  }

 private:
  // An empty or unreadable file falls back to what was read before.
  Result<CredentialRead> take(CredentialFile& file, const std::string& what) {
    const CredentialRead found = file.read();
    const std::string problem = found == CredentialRead::Empty        ? what + " file empty"
                                : found == CredentialRead::Unreadable ? "error reading " + what + " file"
                                                                      : "";
    const std::string detail = file.problem().empty() ? "" : ": " + file.problem();
    if (file.value().empty()) {
      if (problem.empty()) return transient("no known " + what + ": " + file.path() + " is not there");
      return transient(problem + " and no cached " + what + " known" + detail);
    }
    if (!problem.empty()) log_.warn(problem + ", using the one that was read before");
    return found;
  }

  net::awaitable<Result<const SecretString*>> secret_id(vault::Client& client) {
    const auto found = take(secret_id_, "secret ID");
    if (!found) co_return found.error();
    if (wrapping_path_.empty()) co_return &secret_id_.value();
    // A wrapping token serves once; what came out of it serves until a new one is in the file.
    if (*found == CredentialRead::New || unwrapped_.empty()) {
      auto inner = co_await unwrap(client, secret_id_.value());
      if (!inner) co_return inner.error();
      unwrapped_ = *std::move(inner);
    }
    co_return &unwrapped_;
  }

  // Whoever has swapped the token for one of his own is found by the path that made it.
  net::awaitable<Result<SecretString>> unwrap(vault::Client& client, const SecretString& token) {
    constexpr const char* kLookup = "sys/wrapping/lookup";
    constexpr const char* kUnwrap = "sys/wrapping/unwrap";
    vault::Call ask;
    ask.path = kLookup;
    auto lookup = co_await client.send(std::move(ask), &token);
    if (!lookup) co_return lookup.error().in("error looking up wrapped secret ID");
    if (!lookup->ok()) co_return client.failure_of(*lookup, "GET", kLookup).in("error looking up wrapped secret ID");
    const SecretString made_by = data_text(*lookup, "creation_path");
    if (made_by.expose() != wrapping_path_) {  // expose(): a path, no secret
      log_.error("SECURITY: unable to validate wrapping token creation path",
                 {{"expected", wrapping_path_}, {"found", made_by.expose()}});
      co_return invalid("unable to validate wrapping token creation path");
    }
    vault::Call open;
    open.method = "PUT";
    open.path = kUnwrap;
    auto answer = co_await client.send(std::move(open), &token);
    if (!answer) co_return answer.error().in("error unwrapping secret ID");
    if (!answer->ok()) co_return client.failure_of(*answer, "PUT", kUnwrap).in("error unwrapping secret ID");
    auto secret = data_text(*answer, "secret_id");
    if (secret.empty()) co_return invalid("secret ID could not be found in the unwrapped response");
    co_return secret;
  }

  std::string path_;
  log::Logger log_;
  CredentialFile role_id_;
  CredentialFile secret_id_;
  std::string wrapping_path_;
  SecretString unwrapped_;
};

}  // namespace

std::unique_ptr<LoginMethod> make_approle(const MethodConfig& config, const log::Logger& log) {
  return std::make_unique<ApproleMethod>(config, log);
}

}  // namespace leasehold::agent
