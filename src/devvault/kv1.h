// KV version 1 and cubbyhole/: paths to objects, without versions (spec/vault-api.md 8.1, 5).
#pragma once

#include "core.h"

namespace leasehold::devvault {

class Kv1Engine final : public Engine {
 public:
  /// leased: option leased_passthrough, which gives each read a lease.
  Kv1Engine(State& state, bool leased) : state_(state), leased_(leased) {}
  [[nodiscard]] bool unauthenticated(std::string_view /*path*/) const override { return false; }
  std::optional<bool> exists(Exchange& exchange) override;
  net::awaitable<Answer> handle(Exchange& exchange) override;
  net::awaitable<Result<LeaseRenewal>> renew_lease(std::shared_ptr<Lease> lease, seconds increment) override;

 private:
  Answer read(const Exchange& exchange) const;
  Answer write(const Exchange& exchange);
  State& state_;
  bool leased_;
  std::map<std::string, Json> secrets_;
};

class CubbyholeEngine final : public Engine {
 public:
  explicit CubbyholeEngine(State& state) : state_(state) {}
  [[nodiscard]] bool unauthenticated(std::string_view /*path*/) const override { return false; }
  std::optional<bool> exists(Exchange& exchange) override;
  net::awaitable<Answer> handle(Exchange& exchange) override;

 private:
  Answer serve(const Exchange& exchange);
  State& state_;
};

/// LIST over the keys of a map of paths; prefix "" or ending in '/'.
template <class Map>
Answer list_keys(const Map& map, std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) {
    names.push_back(name);
  }
  return key_list(children_of(names, prefix));
}

}  // namespace leasehold::devvault
