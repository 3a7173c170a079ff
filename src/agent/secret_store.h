// What the templates asked for and what is known of it. One record a dependency, whatever number of
// templates use it: one fetch, one lease.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "leasehold/gofuncs/render.h"
#include "leasehold/runtime/condition.h"
#include "leasehold/vault/lease.h"

namespace leasehold::agent {

namespace net = boost::asio;

/// What is told of a secret: ready, why, metrics.
struct SecretFacts {
  runtime::Clock::TimePoint read_at{};
  runtime::Clock::TimePoint proved_at{};  ///< last read or renewal
  std::optional<runtime::Clock::TimePoint> ends_at = std::nullopt;  ///< of the lease
  std::uint64_t reads = 0;
  std::uint64_t renewals = 0;
};

struct SecretRecord {
  SecretRecord(gofuncs::Dependency wanted, const net::any_io_executor& executor)
      : dependency(std::move(wanted)), wake(executor) {}

  gofuncs::Dependency dependency;
  std::optional<gotemplate::Value> value;  ///< stays while a newer one is being fetched
  std::string lease_id;                    ///< "" = none
  bool lease_renewable = false;
  SecretFacts facts;
  std::uint64_t token_generation = 0;      ///< of the read
  bool gone = false;                       ///< a look-up found the lease dead
  bool retired = false;                    ///< no template uses it any more
  runtime::Condition wake;                 ///< gone or retired was set
};

/// Single-threaded.
class SecretStore final : public gofuncs::DataSource {
 public:
  explicit SecretStore(const net::any_io_executor& executor) : executor_(executor), changed_(executor) {}

  [[nodiscard]] const gotemplate::Value* find(const gofuncs::Dependency& dependency) const override;

  /// The record of a dependency; made when it is new (then created is true).
  std::pair<std::shared_ptr<SecretRecord>, bool> want(const gofuncs::Dependency& dependency);
  /// New data for a record: wakes the runner.
  void arrived(SecretRecord& record, gotemplate::Value value, std::string_view cause);
  /// The lease of a record is dead: wakes its watcher.
  void lease_gone(const std::string& lease_id);
  /// The token changed: every watcher looks whether its lease belonged to the old one.
  void wake_all();
  /// Forgets the records that are not among the names.
  void retire_all_but(const std::map<std::string, bool, std::less<>>& used);

  [[nodiscard]] const std::map<std::string, std::shared_ptr<SecretRecord>, std::less<>>& records() const { return records_; }
  /// The secret that came last, and why it was read: the cause of what is written next.
  [[nodiscard]] const std::string& last_arrival() const { return last_arrival_; }

  runtime::Condition& changed() { return changed_; }
  /// Grows with every arrival; a pass knows by it whether it saw the newest data.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  net::any_io_executor executor_;
  runtime::Condition changed_;
  std::uint64_t version_ = 0;
  std::string last_arrival_;
  std::map<std::string, std::shared_ptr<SecretRecord>, std::less<>> records_;
};

}  // namespace leasehold::agent
