// Where writeToFile writes (spec 11.1).
#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

struct FileWrite {
  std::string path;
  std::string user;   ///< name or number; empty: unchanged
  std::string group;  ///< the same
  mode_t mode = 0644;
  bool append = false;
  std::string content;
};

/// Refuses symbolic links at the target and as its folder; makes folders.
Result<void> write_file(const FileWrite& write);

}  // namespace leasehold::gofuncs
