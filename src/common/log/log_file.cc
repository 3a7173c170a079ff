// The log file and its archives. The names of archives sort by time because all carry 19 digits.
#include "leasehold/log/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "descriptor.h"

namespace leasehold::log {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

constexpr std::string_view kDefaultName = "agent.log";

/// <folder>/<stem>- and the extension, between which the time of an archive stands.
struct ArchiveName {
  std::string before;
  std::string after;
};

ArchiveName archive_name(const fs::path& path) {
  const std::string extension = path.has_extension() ? path.extension().string() : ".log";
  return {.before = path.stem().string() + "-", .after = extension};
}

bool is_archive(const ArchiveName& name, const std::string& file) {
  if (file.size() <= name.before.size() + name.after.size()) return false;
  if (!file.starts_with(name.before) || !file.ends_with(name.after)) return false;
  const auto digits =
      std::string_view(file).substr(name.before.size(), file.size() - name.before.size() - name.after.size());
  return digits.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(LogFileOptions options) {
  if (options.path.ends_with('/')) options.path += kDefaultName;
  std::unique_ptr<LogFile> file(new LogFile(std::move(options)));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  if (auto opened = file->open_file(now); !opened) return opened.error();
  return file;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> LogFile::open_file(nanoseconds now) {
  descriptor_ = ::open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  opened_ = now;
  written_ = 0;
  if (descriptor_ >= 0) return {};
  return invalid("open " + options_.path + ": " + std::generic_category().message(errno));
}

void LogFile::write(std::string_view line, nanoseconds now) {
  const bool full = options_.bytes_max > 0 && written_ >= options_.bytes_max;
  const bool old = options_.age_max.count() > 0 && now - opened_ >= options_.age_max;
  // A folder that was away for a moment is tried again with each line.
  if (descriptor_ < 0 || full || old) rotate(now);
  if (descriptor_ < 0) return;
  write_all(descriptor_, line);
  written_ += static_cast<std::int64_t>(line.size());
}

void LogFile::rotate(nanoseconds now) {
  if (descriptor_ >= 0) {
    const fs::path path(options_.path);
    const ArchiveName name = archive_name(path);
    const fs::path archive = path.parent_path() / (name.before + std::to_string(now.count()) + name.after);
    std::error_code failed;
    fs::rename(path, archive, failed);  // not there any more: a new file begins all the same
    ::close(descriptor_);
    remove_old_archives();
  }
  static_cast<void>(open_file(now));
}

void LogFile::remove_old_archives() const {
  if (options_.archives_max == 0) return;
  const fs::path path(options_.path);
  const ArchiveName name = archive_name(path);
  std::vector<fs::path> archives;
  std::error_code failed;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (is_archive(name, entry->path().filename().string())) archives.push_back(entry->path());
  }
  const auto kept = static_cast<std::size_t>(std::max<std::int64_t>(options_.archives_max, 0));
  if (archives.size() <= kept) return;
  std::sort(archives.begin(), archives.end());
  for (std::size_t i = 0; i + kept < archives.size(); ++i) fs::remove(archives[i], failed);
}

}  // namespace leasehold::log
