#include "destination.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "leasehold/base/limits.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

// The id in field 3 of the line that starts with name, in /etc/passwd or /etc/group. Read by hand:
// getpwnam of a static program would load the machine's name services.
Result<std::int64_t> id_of(const std::string& file, const std::string& name) {
  if (const auto number = parse_int(name)) return *number;
  const auto text = runtime::read_file(file, limits::kConfigFileBytesMax);
  if (!text) return text.error();
  for (const auto& line : split(*text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() > 2 && fields[0] == name) return parse_int(fields[2]);
  }
  return not_found("unknown " + std::string(file == "/etc/group" ? "group " : "user ") + name);
}

Result<void> set_owner(const TemplateBlock& block, runtime::WriteOptions& options) {
  if (!block.user.empty()) {
    const auto uid = id_of("/etc/passwd", block.user);
    if (!uid) return invalid("failed looking up user: user: " + uid.error().message);
    options.owner = static_cast<uid_t>(*uid);
  } else if (block.uid) {
    options.owner = static_cast<uid_t>(*block.uid);
  }
  if (!block.group.empty()) {
    const auto gid = id_of("/etc/group", block.group);
    if (!gid) return invalid("failed looking up group: group: " + gid.error().message);
    options.group = static_cast<gid_t>(*gid);
  } else if (block.gid) {
    options.group = static_cast<gid_t>(*block.gid);
  }
  return {};
}

bool owned_as_wanted(const std::string& path, const runtime::WriteOptions& options) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  return (!options.owner || status.st_uid == *options.owner) && (!options.group || status.st_gid == *options.group);
}

bool folder_exists(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos || slash == 0) return true;
  struct stat status {};
  return ::stat(path.substr(0, slash).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The first rendering has nothing to keep, which the peer warns of too; no failure may hold back the secret.
std::string make_backup(const std::string& path) {
  const std::string backup = path + ".bak";
  ::unlink(backup.c_str());
  if (::link(path.c_str(), backup.c_str()) == 0) return "";
  const std::string why = to_lower(std::generic_category().message(errno));
  return "could not backup " + go_quote(path) + ": link " + path + " " + backup + ": " + why;
}

std::string hint(const Error& error) {
  if (error.message.find("read-only file system") != std::string::npos) {
    return " (the folder must be on a writable volume, e.g. the emptyDir that the injector mounts)";
  }
  if (error.kind == ErrorKind::Denied) {
    return " (the agent runs as uid " + std::to_string(::geteuid()) + ": the folder must be writable for it)";
  }
  return "";
}

}  // namespace

Result<WriteOutcome> write_destination(const TemplateBlock& block, std::string_view text) {
  if (block.destination.empty()) return invalid("failed writing file: missing destination");
  runtime::WriteOptions options{.make_directories = block.create_dest_dirs};
  if (block.perms) options.mode = static_cast<mode_t>(*block.perms);
  if (auto owner = set_owner(block, options); !owner) return owner.error();
  if (runtime::file_equals(block.destination, text) && owned_as_wanted(block.destination, options)) {
    return WriteOutcome{};
  }
  if (!block.create_dest_dirs && !folder_exists(block.destination)) {
    return invalid("failed writing file: parent directory is missing (create it, or set create_dest_dirs = true)");
  }
  WriteOutcome outcome{.written = true, .warning = block.backup ? make_backup(block.destination) : ""};
  auto written = runtime::write_atomically(block.destination, text, options);
  if (!written) {
    return Error{written.error().kind, "failed writing file: " + written.error().message + hint(written.error())};
  }
  return outcome;
}

}  // namespace leasehold::agent
