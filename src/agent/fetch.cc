#include "fetch.h"

#include <array>
#include <utility>

#include "leasehold/base/limits.h"
#include "leasehold/base/scalars.h"
#include "leasehold/json/writer.h"
#include "leasehold/runtime/files.h"
#include "leasehold/vault/advice.h"
#include "leasehold/vault/lease.h"

namespace leasehold::agent {
namespace {

using gofuncs::Dependency;

// KV v2 has its own tree below the mount; a path that already names a part of it stays. A path may
// begin with a namespace, which the server's mount path does not tell.
std::string with_kv2_part(const std::string& path, const std::string& mount, std::string_view part) {
  const std::string whole = path + "/";  // the path of a mount itself has no slash at its end
  std::size_t at = whole.starts_with(mount) ? 0 : whole.find("/" + mount);
  if (at == std::string::npos) return path;
  if (at > 0) ++at;
  const std::size_t end = at + mount.size();
  const std::string rest = end < path.size() ? path.substr(end) : "";
  for (const std::string_view known : {"data/", "metadata/", "subkeys/"}) {
    if (rest.starts_with(known)) return path;
  }
  return path.substr(0, at) + mount + std::string(part) + rest;
}

SecretString pairs_as_json(const Dependency& dependency, bool wrapped_in_data) {
  json::ObjectWriter pairs;
  for (const auto& [name, value] : dependency.arguments) pairs.member(name, value);
  SecretString body = pairs.finish();
  if (!wrapped_in_data) return body;
  json::ObjectWriter outer;
  outer.raw_member("data", body.expose());  // expose(): into the body of the request
  return outer.finish();
}

// compat: a deletion time in the future still counts as there (newer peers parse it)
bool deleted(const vault::Answer& answer, runtime::Clock::WallTime now) {
  const auto time = parse_rfc3339(answer.fact("metadata.deletion_time"));
  return time && *time <= now;
}

Fetcher::Outcome taken_apart(const Dependency& dependency, vault::Answer answer) {
  auto value = value_of(dependency, answer.body.expose());  // expose(): into the template's value
  if (!value) return no_answer(value.error().in(dependency.name));
  SecretString body = std::exchange(answer.body, SecretString());
  return Fetched{*std::move(value), std::move(answer), std::move(body)};
}

}  // namespace

Result<gotemplate::Value> value_of(const Dependency& dependency, std::string_view body) {
  switch (dependency.kind) {
    case Dependency::Kind::List:
      return gofuncs::parse_list(body);
    case Dependency::Kind::Pki:
      return gofuncs::parse_pki(body);
    default:
      return gofuncs::parse_secret(body);
  }
}

net::awaitable<Fetcher::Outcome> Fetcher::fetch(Dependency dependency, Token token) {
  switch (dependency.kind) {
    case Dependency::Kind::Read:
      co_return co_await read(std::move(dependency), std::move(token));
    case Dependency::Kind::Write:
    case Dependency::Kind::Pki:
      co_return co_await write(std::move(dependency), std::move(token));
    case Dependency::Kind::List:
      co_return co_await list(std::move(dependency), std::move(token));
    case Dependency::Kind::File:
      co_return local_file(dependency);
    case Dependency::Kind::Other:
      break;
  }
  co_return FetchFailure{.error = invalid(dependency.name + ": Consul and Nomad are not available in this agent"),
                         .advice = "remove the function from the template"};
}

FetchFailure Fetcher::failure(const vault::Answer& answer, std::string_view operation, std::string_view method,
                              const std::string& path) const {
  return {.error = context_.template_client.failure_of(answer, method, path),
          .token_dead = vault::denial_of(answer) == vault::Denial::DeadToken,
          .advice = vault::advice(operation, path, answer),
          .retry_after = answer.retry_after,
          .outage = answer.outage};
}

FetchFailure Fetcher::not_vault(const vault::Answer& answer, std::string_view method, const std::string& path) const {
  return {.error = context_.template_client.failure_of(answer, method, path),
          .advice = "the answer is not Vault's: does the address lead to a proxy or to another program?"};
}

FetchFailure no_answer(Error error) {
  FetchFailure failure;
  failure.outage = error.kind == ErrorKind::Transient;
  failure.error = std::move(error);
  return failure;
}

net::awaitable<boost::system::result<Fetcher::Mount, FetchFailure>> Fetcher::mount_of(std::string path, Token token) {
  if (const auto known = mounts_.find(path); known != mounts_.end()) co_return known->second;
  auto answer = co_await context_.template_client.mount_of(path, *token.value);
  if (!answer) co_return no_answer(answer.error());
  if (!answer->ok()) {
    if (vault::denial_of(*answer) == vault::Denial::DeadToken || answer->status >= 500 || answer->status == 429) {
      co_return failure(*answer, "read", "GET", "sys/internal/ui/mounts/" + path);
    }
    // No right at or below the mount, or no mount: the read itself will say so.
    if (answer->status != 404) {
      context_.log.warn("failed to check if " + path + " is KVv2, assume not",
                        {{"status", static_cast<int>(answer->status)}});
    }
    co_return Mount{};
  }
  Mount mount;
  mount.path = answer->fact("path");
  mount.kv2 = answer->fact("type") == "kv" && answer->fact("options.version") == "2";
  mounts_[path] = mount;
  co_return mount;
}

net::awaitable<Fetcher::Outcome> Fetcher::read(Dependency dependency, Token token) {
  auto mount = co_await mount_of(dependency.path, token);
  if (!mount) co_return mount.error();
  const std::string path = mount->kv2 ? with_kv2_part(dependency.path, mount->path, "data/") : dependency.path;
  vault::Call call{.method = "GET", .path = path, .query = dependency.query, .body = {}};
  auto answer = co_await context_.template_client.send(std::move(call), token.value.get());
  if (!answer) co_return no_answer(answer.error());
  if (answer->ok() && answer->unreadable()) co_return not_vault(*answer, "GET", path);
  const bool absent = answer->status == 404 || (answer->ok() && !answer->has_data && !answer->auth);
  if (absent || (mount->kv2 && deleted(*answer, context_.clock.wall_now()))) {
    co_return FetchFailure{.error = not_found("no secret exists at " + path),
                           .advice = vault::advice("read", path, *answer)};
  }
  if (!answer->ok()) co_return failure(*answer, "read", "GET", path);
  co_return taken_apart(dependency, *std::move(answer));
}

std::optional<Fetched> Fetcher::certificate_at(const std::string& destination) const {
  if (destination.empty()) return std::nullopt;
  const auto text = runtime::read_secret_file(destination, limits::kRenderedFileBytesMax);
  if (!text) return std::nullopt;
  auto value = gofuncs::parse_pem(text->expose());  // expose(): into the template's value
  if (!value) return std::nullopt;
  const auto life = gofuncs::certificate_life(*value);
  if (!life) return std::nullopt;
  const auto rest = life->not_after - context_.clock.wall_now();
  const auto lifespan = life->not_after - life->not_before;
  // Not yet valid by our clock, which is behind then: nobody knows how old it is.
  if (rest > lifespan || !vault::plan_certificate(rest, lifespan, context_.dice())) return std::nullopt;
  return Fetched{*std::move(value), vault::Answer{}, SecretString()};
}

net::awaitable<Fetcher::Outcome> Fetcher::write(Dependency dependency, Token token) {
  if (dependency.kind == Dependency::Kind::Pki) {
    // compat: what an earlier run wrote serves as long as it is good, spec/agent.md 9.5
    if (auto written = certificate_at(dependency.destination)) co_return *std::move(written);
  }
  auto mount = co_await mount_of(dependency.path, token);
  if (!mount) co_return mount.error();
  const std::string path = mount->kv2 ? with_kv2_part(dependency.path, mount->path, "data/") : dependency.path;
  vault::Call call{.method = "PUT", .path = path, .query = "", .body = pairs_as_json(dependency, mount->kv2)};
  auto answer = co_await context_.template_client.send(std::move(call), token.value.get());
  if (!answer) co_return no_answer(answer.error());
  if (!answer->ok()) co_return failure(*answer, "write", "PUT", path);
  if (answer->unreadable()) co_return not_vault(*answer, "PUT", path);
  if (mount->kv2 && answer->body.empty()) co_return FetchFailure{.error = not_found("no secret exists at " + path)};
  co_return taken_apart(dependency, *std::move(answer));
}

net::awaitable<Fetcher::Outcome> Fetcher::list(Dependency dependency, Token token) {
  auto mount = co_await mount_of(dependency.path, token);
  if (!mount) co_return mount.error();
  const std::string path = mount->kv2 ? with_kv2_part(dependency.path, mount->path, "metadata/") : dependency.path;
  vault::Call call{.method = "GET", .path = path, .query = "list=true", .body = {}};
  auto answer = co_await context_.template_client.send(std::move(call), token.value.get());
  if (!answer) co_return no_answer(answer.error());
  // compat: a missing path is an empty list, spec/agent.md 9.3
  const bool empty = answer->status == 404;
  if (!empty && !answer->ok()) co_return failure(*answer, "list", "GET", path);
  if (!empty && answer->unreadable()) co_return not_vault(*answer, "GET", path);
  if (empty) answer->body = SecretString(R"({"data":{"keys":[]}})");
  co_return taken_apart(dependency, *std::move(answer));
}

Fetcher::Outcome Fetcher::local_file(const Dependency& dependency) {
  auto text = runtime::read_secret_file(dependency.path, limits::kConfigFileBytesMax);
  if (!text) return no_answer(text.error());
  return Fetched{gofuncs::file_value(text->expose()), vault::Answer{}, SecretString()};
}

}  // namespace leasehold::agent
