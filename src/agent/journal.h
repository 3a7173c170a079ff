// What happened to each secret and file, for `why`: the present facts, and the last events in a ring. It
// holds names, lease ids, accessors and times, and no secret. Written beside the state file at each
// change, so that it can be read after the agent has died.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::agent {

using runtime::Clock;

/// Of one secret.
struct SecretEntry {
  std::string lease_id;
  std::string accessor;  ///< of the token that it was read with
  Clock::WallTime issued_at{};
  Clock::WallTime renewed_at{};  ///< epoch: never
  std::int64_t ttl_seconds = 0;  ///< last granted
  std::int64_t renewals = 0;
  std::string next;  ///< renew, read
  Clock::WallTime next_at{};
};

/// Of one rendered file.
struct FileEntry {
  std::vector<std::string> secrets;
  Clock::WallTime written_at{};
  std::int64_t writes = 0;
};

struct JournalEvent {
  Clock::WallTime at{};
  std::string about;  ///< name of a secret, path of a file, or "token"
  std::string what;   ///< read, renewed, gone, written, ...
  std::string cause;
};

struct JournalData {
  std::map<std::string, SecretEntry, std::less<>> secrets;
  std::map<std::string, FileEntry, std::less<>> files;
  std::deque<JournalEvent> events;
};

std::string format_journal(const JournalData& journal);
Result<JournalData> parse_journal(std::string_view text);
/// The answer of `why`; Error (NotFound) names the files that are known.
Result<std::string> explain_file(const JournalData& journal, const std::string& path, Clock::WallTime wall_now);

/// Where the journal of a state file lies.
std::string journal_path(const std::string& state_path);

/// Single-threaded. path "": keeps nothing.
class Journal {
 public:
  Journal(std::string path, const Clock& clock, log::Logger log);

  /// Goes on with an earlier run's.
  void load();
  void token(std::string_view what, std::string_view accessor);
  void read(const std::string& name, std::string_view lease_id, std::chrono::seconds ttl, std::string_view cause);
  void renewed(const std::string& name, std::chrono::seconds ttl);
  void planned(const std::string& name, std::string_view next, std::chrono::nanoseconds wait);
  /// No template uses it any more.
  void forget(const std::string& name);
  void wrote(const std::string& path, std::vector<std::string> secrets, std::string_view cause);
  void note(std::string about, std::string_view what, std::string_view cause);

 private:
  void save();

  std::string path_;
  const Clock& clock_;
  log::Logger log_;
  JournalData data_;
  std::string accessor_;
  bool told_ = false;  ///< that it cannot be written
};

}  // namespace leasehold::agent
