// Reading with a bound and replacing atomically. Error texts are those of Go's os package.
#include "leasehold/runtime/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

namespace leasehold::runtime {
namespace {

// Go prints errno texts in lower case: `no such file or directory`.
std::string errno_text(int number) {
  std::string text = std::generic_category().message(number);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && (text.size() < 2 || text[1] >= 'a')) {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

ErrorKind kind_of(int number) {
  switch (number) {
    case ENOENT:
      return ErrorKind::NotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::Denied;
    case ENOSPC:
    case EIO:
    case EMFILE:
    case EINTR:
      return ErrorKind::Transient;
    default:
      return ErrorKind::Invalid;
  }
}

Error system_error(std::string_view call, const std::string& path, int number) {
  return {kind_of(number), std::string(call) + " " + path + ": " + errno_text(number)};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return number_; }
  int close() {
    const int number = std::exchange(number_, -1);
    return number < 0 ? 0 : ::close(number);
  }

 private:
  int number_;
};

template <class Bytes>
Result<Bytes> read_all(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error("open", path, errno);
  Bytes bytes;
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    // One allocation of the right size: growth would leave copies behind.
    bytes.reserve(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), bytes_max) + 1);
  }
  std::array<char, 4096> block{};
  for (;;) {  // ends at end of file or at the bound
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int number = errno;
      wipe(block.data(), block.size());
      return system_error("read", path, number);
    }
    if (count == 0) break;
    bytes.insert(bytes.end(), block.begin(), block.begin() + count);
    if (bytes.size() > bytes_max) {
      wipe(block.data(), block.size());
      return invalid(path + ": larger than " + std::to_string(bytes_max) + " bytes");
    }
  }
  wipe(block.data(), block.size());
  return bytes;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> make_directories(const std::string& path) {
  for (std::size_t at = 1; at <= path.size(); ++at) {
    if (at != path.size() && path[at] != '/') continue;
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST && errno != EISDIR) {
      // compat: a read-only or forbidden parent that exists is no reason to stop
      struct stat status {};
      const int number = errno;
      if (::stat(part.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return system_error("mkdir", part, number);
    }
  }
  return {};
}

// A name that is not there yet: many writers may share a folder.
std::string temporary_name(const std::string& path) {
  std::random_device random;
  return parent_of(path) + "/.lh." + std::to_string(random()) + ".tmp";
}

Result<void> write_all(int descriptor, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Mode and owner before the first byte, so that no byte is ever readable by the wrong user.
Result<void> prepare(int descriptor, const std::string& path, const WriteOptions& options) {
  struct stat old {};
  const bool exists = ::stat(path.c_str(), &old) == 0 && S_ISREG(old.st_mode);
  const mode_t mode = options.mode.value_or(exists ? old.st_mode & 07777 : options.default_mode);
  if (options.owner || options.group) {
    const auto owner = options.owner.value_or(static_cast<uid_t>(-1));
    const auto group = options.group.value_or(static_cast<gid_t>(-1));
    if (::fchown(descriptor, owner, group) != 0) return system_error("chown", path, errno);
  } else if (exists && (old.st_uid != ::geteuid() || old.st_gid != ::getegid())) {
    // Best effort, as the replaced software: an unprivileged writer cannot give files away.
    if (::fchown(descriptor, old.st_uid, old.st_gid) != 0) errno = 0;
  }
  if (::fchmod(descriptor, mode) != 0) return system_error("chmod", path, errno);
  return {};
}

Result<void> fill(Descriptor& file, const std::string& temporary, const std::string& path, std::string_view bytes,
                  const WriteOptions& options) {
  if (auto ready = prepare(file.get(), path, options); !ready) return ready;
  if (auto written = write_all(file.get(), temporary, bytes); !written) return written;
  if (options.sync && ::fsync(file.get()) != 0) return system_error("fsync", temporary, errno);
  if (file.close() != 0) return system_error("close", temporary, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int number = errno;
    return Error{kind_of(number), "rename " + temporary + " " + path + ": " + errno_text(number)};
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  return read_all<std::string>(path, bytes_max);
}

Result<SecretString> read_secret_file(const std::string& path, std::size_t bytes_max) {
  auto bytes = read_all<SecretBytes>(path, bytes_max);
  if (!bytes) return bytes.error();
  return SecretString(*std::move(bytes));
}

Result<void> write_atomically(const std::string& path, std::string_view bytes, const WriteOptions& options) {
  const std::string folder = parent_of(path);
  if (options.make_directories) {
    if (auto made = make_directories(folder); !made) return made;
  }
  const std::string temporary = temporary_name(path);
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  // The temporary file's name would tell the reader nothing.
  if (file.get() < 0) return system_error("open", path, errno);
  auto done = fill(file, temporary, path, bytes, options);
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  return {};
}

bool file_equals(const std::string& path, std::string_view bytes) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (static_cast<std::size_t>(status.st_size) != bytes.size()) return false;
  const auto content = read_all<SecretBytes>(path, bytes.size());
  return content && std::string_view(content->data(), content->size()) == bytes;
}

}  // namespace leasehold::runtime
