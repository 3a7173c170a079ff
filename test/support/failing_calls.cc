#include "support/failing_calls.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>

namespace leasehold::test {

FailingCalls& FailingCalls::instance() {
  static FailingCalls one;
  return one;
}

void FailingCalls::watch(const std::string& folder) {
  stop();
  folder_ = folder;
}

void FailingCalls::fail(const std::string& name, int times) { to_fail_[name] = times; }

void FailingCalls::stop() {
  folder_.clear();
  descriptors_.clear();
  to_fail_.clear();
  seen_.clear();
  failed_.clear();
}

bool FailingCalls::fails(const std::string& call, const std::string& role) {
  if (folder_.empty() || role.empty()) return false;
  const std::string name = call + " " + role;
  ++seen_[name];
  const auto found = to_fail_.find(name);
  if (found == to_fail_.end() || found->second == 0) return false;
  --found->second;
  ++failed_[name];
  return true;
}

std::string FailingCalls::role_of(const char* path) const {
  const std::string text(path);
  if (folder_.empty() || !text.starts_with(folder_ + "/")) return "";
  const std::string rest = text.substr(folder_.size() + 1);
  return std::filesystem::path(rest).filename().string().starts_with(".lh.") ? "temporary" : rest;
}

std::string FailingCalls::role_of(int descriptor) const {
  const auto found = descriptors_.find(descriptor);
  return found == descriptors_.end() ? "" : found->second;
}

void FailingCalls::opened(int descriptor, const std::string& role) {
  if (descriptor >= 0 && !role.empty()) descriptors_[descriptor] = role;
}

void FailingCalls::closed(int descriptor) { descriptors_.erase(descriptor); }

}  // namespace leasehold::test

namespace {

using leasehold::test::FailingCalls;

bool fails(const std::string& call, const std::string& role, int error) {
  if (!FailingCalls::instance().fails(call, role)) return false;
  errno = error;
  return true;
}

bool fails(const std::string& call, const char* path, int error) {
  return fails(call, FailingCalls::instance().role_of(path), error);
}
bool fails(const std::string& call, int descriptor, int error) {
  return fails(call, FailingCalls::instance().role_of(descriptor), error);
}

}  // namespace

// The names are the linker's.
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl50-cpp)
extern "C" {

int __real_open(const char* path, int flags, ...);
int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = static_cast<mode_t>(va_arg(rest, unsigned));
    va_end(rest);
  }
  if (fails("open", path, EMFILE)) return -1;
  const int descriptor = __real_open(path, flags, mode);
  FailingCalls::instance().opened(descriptor, FailingCalls::instance().role_of(path));
  return descriptor;
}

ssize_t __real_read(int descriptor, void* bytes, size_t size);
ssize_t __wrap_read(int descriptor, void* bytes, size_t size) {
  return fails("read", descriptor, EIO) ? -1 : __real_read(descriptor, bytes, size);
}

ssize_t __real_write(int descriptor, const void* bytes, size_t size);
ssize_t __wrap_write(int descriptor, const void* bytes, size_t size) {
  return fails("write", descriptor, ENOSPC) ? -1 : __real_write(descriptor, bytes, size);
}

int __real_close(int descriptor);
int __wrap_close(int descriptor) {
  const bool failing = fails("close", descriptor, EIO);
  FailingCalls::instance().closed(descriptor);
  const int done = __real_close(descriptor);
  if (!failing) return done;
  errno = EIO;
  return -1;
}

int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor) { return fails("fsync", descriptor, EIO) ? -1 : __real_fsync(descriptor); }

int __real_fchmod(int descriptor, mode_t mode);
int __wrap_fchmod(int descriptor, mode_t mode) {
  return fails("fchmod", descriptor, EPERM) ? -1 : __real_fchmod(descriptor, mode);
}

int __real_fchown(int descriptor, uid_t user, gid_t group);
int __wrap_fchown(int descriptor, uid_t user, gid_t group) {
  return fails("fchown", descriptor, EPERM) ? -1 : __real_fchown(descriptor, user, group);
}

int __real_fstat(int descriptor, struct stat* status);
int __wrap_fstat(int descriptor, struct stat* status) {
  return fails("fstat", descriptor, EIO) ? -1 : __real_fstat(descriptor, status);
}

int __real_stat(const char* path, struct stat* status);
int __wrap_stat(const char* path, struct stat* status) {
  return fails("stat", path, EACCES) ? -1 : __real_stat(path, status);
}

int __real_lstat(const char* path, struct stat* status);
int __wrap_lstat(const char* path, struct stat* status) {
  return fails("lstat", path, EACCES) ? -1 : __real_lstat(path, status);
}

int __real_mkdir(const char* path, mode_t mode);
int __wrap_mkdir(const char* path, mode_t mode) { return fails("mkdir", path, EROFS) ? -1 : __real_mkdir(path, mode); }

int __real_rename(const char* from, const char* to);
int __wrap_rename(const char* from, const char* to) { return fails("rename", to, EROFS) ? -1 : __real_rename(from, to); }

int __real_unlink(const char* path);
int __wrap_unlink(const char* path) { return fails("unlink", path, EROFS) ? -1 : __real_unlink(path); }

int __real_link(const char* from, const char* to);
int __wrap_link(const char* from, const char* to) { return fails("link", to, EMLINK) ? -1 : __real_link(from, to); }

int __real_posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                        const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment);
int __wrap_posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                        const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
  if (fails("spawn", std::string("command"), EAGAIN)) return EAGAIN;
  const int error = __real_posix_spawnp(pid, file, actions, attributes, arguments, environment);
  if (error == 0) FailingCalls::instance().children_changed(1);
  return error;
}

pid_t __real_waitpid(pid_t pid, int* status, int options);
pid_t __wrap_waitpid(pid_t pid, int* status, int options) {
  const pid_t done = __real_waitpid(pid, status, options);
  if (done == pid) FailingCalls::instance().children_changed(-1);
  if (done == pid && fails("exit", std::string("command"), 0)) *status = 1 << 8;
  return done;
}

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (number == SYS_pidfd_open && fails("pidfd", std::string("command"), EMFILE)) return -1;
  return __real_syscall(number, a, b, c, d, e, f);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl50-cpp)
