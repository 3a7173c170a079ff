// Files as an agent needs them: read with a bound, replaced atomically.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <sys/types.h>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::runtime {

/// Reads a whole file. Errors in Go's words: `open /x: no such file or directory` (NotFound),
/// `open /x: permission denied`, `/x: larger than N bytes` (Invalid).
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);
Result<SecretString> read_secret_file(const std::string& path, std::size_t bytes_max);

struct WriteOptions {
  /// Mode bits of the new file; nullopt: those of the file that is there, else default_mode.
  std::optional<mode_t> mode = std::nullopt;
  mode_t default_mode = 0644;
  std::optional<uid_t> owner = std::nullopt;  ///< changed only if given
  std::optional<gid_t> group = std::nullopt;
  bool make_directories = false;  ///< mode 0755
  bool sync = true;               ///< fsync before the rename
};

/// Replaces path by a temporary file in the same folder: created 0600, mode set, written, fsynced,
/// renamed; on failure the temporary file is gone and path is as it was. A symbolic link at path is
/// replaced, its target stays.
Result<void> write_atomically(const std::string& path, std::string_view bytes, const WriteOptions& options);

/// True when path is a regular file with exactly these bytes.
bool file_equals(const std::string& path, std::string_view bytes);

}  // namespace leasehold::runtime
