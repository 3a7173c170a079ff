#include "credential_file.h"

#include <filesystem>
#include <system_error>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

namespace fs = std::filesystem;

}  // namespace

CredentialRead CredentialFile::read() {
  problem_.clear();
  std::error_code failed;
  if (!fs::exists(options_.path, failed) && !failed) return CredentialRead::Absent;
  auto file = runtime::read_secret_file(options_.path, limits::kTokenFileBytesMax);
  if (!file) {
    problem_ = file.error().message;
    return file.error().kind == ErrorKind::NotFound ? CredentialRead::Absent : CredentialRead::Unreadable;
  }
  // expose(): to cut the white space off, and to compare
  const std::string_view text = options_.trim ? trim_space(file->expose()) : file->expose();
  CredentialRead found = CredentialRead::Same;
  if (text.empty()) {
    found = CredentialRead::Empty;
  } else if (SecretString fresh(text); !(fresh == value_)) {
    value_ = std::move(fresh);
    found = CredentialRead::New;
  }
  if (options_.remove) remove_file();
  return found;
}

void CredentialFile::remove_file() const {
  std::error_code failed;
  fs::path victim(options_.path);
  if (options_.follow_symlink && fs::is_symlink(victim, failed)) victim = fs::canonical(victim, failed);
  if (!failed) fs::remove(victim, failed);
  if (failed) log_.error("error removing credential file", {{"path", options_.path}, {"error", failed.message()}});
}

}  // namespace leasehold::agent
