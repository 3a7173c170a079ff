// Stops a program at a named system call and waits until the test says go on: linked into the agent of
// `ctest sigterm-matrix` alone. LEASEHOLD_MOMENT="rename token" names the call and the end of its path,
// LEASEHOLD_MOMENT_NTH which of those, LEASEHOLD_MOMENT_DIR a folder: the program makes the file `reached` there and waits for `go`.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

extern "C" {
int __real_open(const char* path, int flags, ...);
int __real_rename(const char* from, const char* to);
}

namespace {

// No loop of a test runs for ever.
constexpr int kWaitsMax = 3000;

void stop_at(std::string_view call, std::string_view path) {
  static bool done = false;  // once a run
  const char* wanted = std::getenv("LEASEHOLD_MOMENT");
  const char* folder = std::getenv("LEASEHOLD_MOMENT_DIR");
  if (done || wanted == nullptr || folder == nullptr) return;
  const std::string_view moment(wanted);
  const auto blank = moment.find(' ');
  if (moment.substr(0, blank) != call || !path.ends_with(moment.substr(blank + 1))) return;
  static int seen = 0;
  const char* nth = std::getenv("LEASEHOLD_MOMENT_NTH");
  if (++seen < (nth == nullptr ? 1 : std::atoi(nth))) return;
  done = true;
  const std::string reached = std::string(folder) + "/reached";
  const std::string go = std::string(folder) + "/go";
  ::close(__real_open(reached.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  struct stat status {};
  for (int i = 0; i < kWaitsMax && ::stat(go.c_str(), &status) != 0; ++i) {
    const timespec pause{0, 10'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace

// The names are the linker's.
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl50-cpp)
extern "C" {

int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = static_cast<mode_t>(va_arg(rest, unsigned));
    va_end(rest);
  }
  const int descriptor = __real_open(path, flags, mode);
  if ((flags & O_CREAT) != 0) stop_at("create", path);
  return descriptor;
}

int __wrap_rename(const char* from, const char* to) {
  stop_at("rename", to);
  const int done = __real_rename(from, to);
  stop_at("renamed", to);
  return done;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier,cert-dcl50-cpp)
