#include "token_command.h"

#include <cstdio>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "agent_flags.h"
#include "connection.h"
#include "leasehold/base/scalars.h"
#include "version.h"

namespace leasehold::agent {
namespace {

constexpr int kUsage = 1;
constexpr int kServer = 2;

int fail(int status, const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return status;
}

net::awaitable<void> revoke(vault::Client& client, const SecretString& token, std::optional<Result<vault::Answer>>& out) {
  out.emplace(co_await client.revoke_self(token));
}

int revoke_self(const flags::Parsed& given, const flags::Environment& environment) {
  const auto settings = resolve_connection(nullptr, given, environment);
  if (!settings) return fail(kServer, settings.error().message);
  net::io_context io{1};
  const auto connection = open_connection(io.get_executor(), *settings);
  if (!connection) return fail(kServer, connection.error().message);
  const auto token = own_token(environment);
  if (!token) return fail(kServer, "Error revoking token: " + token.error().message);
  vault::ClientOptions options;
  options.url = connection->url;
  options.connect = connection->connect;
  options.name_space = settings->name_space;
  options.user_agent = "leasehold/" + std::string(kVersion);
  options.deadline = settings->deadline;
  vault::Client client(std::move(options));
  std::optional<Result<vault::Answer>> answer;
  net::co_spawn(io, revoke(client, *token, answer), [](const std::exception_ptr& defect) {
    if (defect) std::rethrow_exception(defect);
  });
  io.run();
  if (!*answer) return fail(kServer, "Error revoking token: " + answer->error().message);
  if (!(*answer)->ok()) {
    return fail(kServer, "Error revoking token: " + client.failure_of(**answer, "PUT", "auth/token/revoke-self").message);
  }
  std::printf("Success! Revoked token (if it existed)\n");
  return 0;
}

}  // namespace

int run_token_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  if (arguments.empty() || arguments[0] != "revoke") {
    return fail(kUsage, "Usage: vault token revoke [options] -self");
  }
  const auto given = flags::parse(connection_flags(), arguments.subspan(1));
  if (!given) return fail(kUsage, given.error().message);
  if (given->help) {
    std::printf("Usage: vault token revoke [options] -self\n\nOptions:\n  -self\n      Revoke the own token.\n%s",
                flags::usage(connection_flags()).c_str());
    return 0;
  }
  const auto self = given->last("self");
  if (!self || !*parse_bool(*self) || !given->positional.empty()) {
    return fail(kUsage, "only the own token can be revoked here: vault token revoke -self");
  }
  return revoke_self(*given, environment);
}

}  // namespace leasehold::agent
