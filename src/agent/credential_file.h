// A file that holds a credential: read, kept in memory, removed after reading where that is asked for.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/log/log.h"

namespace leasehold::agent {

struct CredentialFileOptions {
  std::string path;
  bool trim = true;             ///< white space around the text does not count
  bool remove = false;          ///< after it was read
  bool follow_symlink = false;  ///< remove the target of a link, not the link
};

/// What one reading found.
enum class CredentialRead { Absent, Unreadable, Empty, Same, New };

class CredentialFile {
 public:
  CredentialFile(CredentialFileOptions options, log::Logger log) : options_(std::move(options)), log_(std::move(log)) {}

  /// Reads the file when it is there. What was read before stays when it is absent, empty or
  /// unreadable. Failed removals are logged only.
  CredentialRead read();
  /// The last text that was not empty; empty when there was none yet.
  [[nodiscard]] const SecretString& value() const { return value_; }
  /// Why the last reading failed (Unreadable), without content.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& path() const { return options_.path; }

 private:
  void remove_file() const;

  CredentialFileOptions options_;
  log::Logger log_;
  SecretString value_;
  std::string problem_;
};

}  // namespace leasehold::agent
