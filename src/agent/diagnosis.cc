#include "diagnosis.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace leasehold::agent {
namespace {

/// The kubelet keeps 4096 bytes for all containers of a pod's message.
constexpr std::size_t kMessageBytesMax = 2048;

}  // namespace

bool Diagnosis::tell(std::string_view subject, std::string line) {
  if (told_) told_(line);
  open_.insert_or_assign(std::string(subject), line);
  if (line == last_) return false;
  last_ = std::move(line);
  write(last_ + "\n");
  return true;
}

void Diagnosis::settle(std::string_view subject) {
  const auto found = open_.find(subject);
  if (found == open_.end()) return;
  const bool shown = found->second == last_;
  open_.erase(found);
  if (!shown) return;
  last_ = open_.empty() ? std::string() : open_.begin()->second;
  if (told_ && open_.empty()) told_("");
  write(last_.empty() ? "" : last_ + "\n");
}

void Diagnosis::write(std::string_view text) const {
  if (path_.empty()) return;
  // Not by renaming: the kubelet mounts the file itself. Nothing depends on it, so a failure is passed over.
  const int file = ::open(path_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return;
  struct stat status {};
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    const std::string_view part = text.substr(0, kMessageBytesMax);
    if (::write(file, part.data(), part.size()) < 0) {
      // as above
    }
  }
  ::close(file);
}

}  // namespace leasehold::agent
