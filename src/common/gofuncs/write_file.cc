#include "write_file.h"

#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leasehold/base/text.h"

namespace leasehold::gofuncs {

namespace {

Error system_error(std::string_view operation, const std::string& path) {
  std::string reason = std::generic_category().message(errno);
  reason[0] = static_cast<char>(reason[0] | 0x20);
  return invalid(std::string(operation) + " " + path + ": " + reason);
}

bool is_link(const std::string& path) {
  struct stat info{};
  return lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

Result<void> make_folders(const std::string& folder) {
  if (folder.empty() || folder == "/" || folder == ".") return {};
  struct stat info{};
  if (stat(folder.c_str(), &info) == 0) return {};
  const std::size_t slash = folder.rfind('/');
  if (slash != std::string::npos) {
    if (auto done = make_folders(folder.substr(0, slash)); !done) return done;
  }
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return system_error("mkdir", folder);
  return {};
}

std::optional<unsigned> parse_id(const std::string& text) {
  unsigned id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

constexpr std::size_t kEntryBytes = 16384;

Result<uid_t> find_user(const std::string& name) {
  if (name.empty()) return static_cast<uid_t>(-1);
  if (const auto id = parse_id(name)) return *id;
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return invalid("user: unknown user " + name);
  return found->pw_uid;
}

Result<gid_t> find_group(const std::string& name) {
  if (name.empty()) return static_cast<gid_t>(-1);
  if (const auto id = parse_id(name)) return *id;
  std::vector<char> buffer(kEntryBytes);
  group entry{};
  group* found = nullptr;
  getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return invalid("group: unknown group " + name);
  return found->gr_gid;
}

/// Closes at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Result<void> write_all(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<void> write_file(const FileWrite& write) {
  const std::string& path = write.path;
  const std::string folder = path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  if (!folder.empty() && is_link(folder)) {
    return invalid("writeToFile: refusing to write through symlinked directory in path " + go_quote(path));
  }
  if (is_link(path)) return invalid("writeToFile: refusing to write to symlink " + go_quote(path));
  if (auto done = make_folders(folder); !done) return done;

  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (write.append ? O_APPEND : O_TRUNC);
  const Descriptor file(open(path.c_str(), flags, 0600));
  if (file.number() < 0) return system_error("open", path);
  if (auto done = write_all(file.number(), write.content, path); !done) return done;
  // The original looks up owners after writing; a template may count on the file being there. The
  // mode is set in any case, so that content is never readable by more than was asked for.
  const bool moded = fchmod(file.number(), write.mode & 07777U) == 0;
  auto user = find_user(write.user);
  if (!user) return user.error();
  auto group = find_group(write.group);
  if (!group) return group.error();
  if ((!write.user.empty() || !write.group.empty()) && fchown(file.number(), *user, *group) != 0) {
    return system_error("chown", path);
  }
  if (!moded) return system_error("chmod", path);
  // A change of owner clears the set-id bits.
  if (fchmod(file.number(), write.mode & 07777U) != 0) return system_error("chmod", path);
  return {};
}

}  // namespace leasehold::gofuncs
