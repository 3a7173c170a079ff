// Gets one dependency from Vault (or a local file): the requests of spec/agent.md 9.3.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "context.h"
#include "leasehold/base/result.h"
#include "leasehold/gofuncs/render.h"
#include "leasehold/vault/answer.h"
#include "token_holder.h"

namespace leasehold::agent {

struct Fetched {
  gotemplate::Value value;
  vault::Answer answer;  ///< without body
  SecretString body;     ///< of the answer
};

/// What went wrong, and how the watcher should take it.
struct FetchFailure {
  Error error;
  bool token_dead = false;
  std::string advice = {};
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
  bool outage = false;  ///< the server as a whole is away; when it is asked again is the gate's affair
};
/// Nothing came back.
FetchFailure no_answer(Error error);

/// The template's value of an answer to this dependency. Error (Invalid): position, never content.
Result<gotemplate::Value> value_of(const gofuncs::Dependency& dependency, std::string_view body);

class Fetcher {
 public:
  explicit Fetcher(const Context& context) : context_(context) {}
  using Outcome = boost::system::result<Fetched, FetchFailure>;
  /// Error texts as the peer's: `no secret exists at p`, Vault's request errors.
  net::awaitable<Outcome> fetch(gofuncs::Dependency dependency, Token token);

 private:
  struct Mount {
    bool kv2 = false;
    std::string path;  ///< with trailing slash
  };
  net::awaitable<boost::system::result<Mount, FetchFailure>> mount_of(std::string path, Token token);
  net::awaitable<Outcome> read(gofuncs::Dependency dependency, Token token);
  net::awaitable<Outcome> write(gofuncs::Dependency dependency, Token token);
  net::awaitable<Outcome> list(gofuncs::Dependency dependency, Token token);
  [[nodiscard]] FetchFailure not_vault(const vault::Answer& answer, std::string_view method, const std::string& path) const;
  /// The certificate that stands in the destination, when it is good for a while.
  [[nodiscard]] std::optional<Fetched> certificate_at(const std::string& destination) const;
  Outcome local_file(const gofuncs::Dependency& dependency);
  FetchFailure failure(const vault::Answer& answer, std::string_view operation, std::string_view method,
                       const std::string& path) const;

  const Context& context_;
  std::map<std::string, Mount> mounts_;  ///< by the path that was asked for
};

}  // namespace leasehold::agent
