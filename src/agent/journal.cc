#include "journal.h"

#include <algorithm>
#include <utility>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"
#include "leasehold/runtime/files.h"
#include "state_reader.h"

namespace leasehold::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A century, so that arithmetic in nanoseconds stays in range.
constexpr std::int64_t kSecondsMax = 100LL * 366 * 86400;
constexpr std::size_t kEventsMax = 200;
constexpr std::size_t kEventsShown = 20;
constexpr std::size_t kJournalBytesMax = 4UL * 1024 * 1024;

std::int64_t number(Clock::WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

/// No secret is in a journal.
std::string text_of(json::ObjectWriter& object) { return std::string(object.finish().expose()); }

std::string list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  quoted.reserve(names.size());
  for (const auto& name : names) quoted.push_back(json::quoted(name));
  return "[" + join(quoted, ",") + "]";
}

class JournalReader final : public StateTextReader {
 public:
  explicit JournalReader(JournalData& out) : out_(out) {}

 private:
  void on_object(std::string_view path) override {
    if (path == "events") out_.events.emplace_back();
  }
  void on_text(std::string_view path, std::string_view value) override {
    if (path == "secrets/name") secret_ = &out_.secrets[std::string(value)];
    if (path == "files/path") file_ = &out_.files[std::string(value)];
    if (file_ != nullptr && path == "files/secrets") file_->secrets.emplace_back(value);
    if (secret_ != nullptr && path == "secrets/lease_id") secret_->lease_id = value;
    if (secret_ != nullptr && path == "secrets/accessor") secret_->accessor = value;
    if (secret_ != nullptr && path == "secrets/next") secret_->next = value;
    if (out_.events.empty()) return;
    if (path == "events/about") out_.events.back().about = value;
    if (path == "events/what") out_.events.back().what = value;
    if (path == "events/cause") out_.events.back().cause = value;
  }
  void on_number(std::string_view path, std::int64_t value) override {
    if (!out_.events.empty() && path == "events/at") out_.events.back().at = wall_time_of(value);
    if (file_ != nullptr && path == "files/written_at") file_->written_at = wall_time_of(value);
    if (file_ != nullptr && path == "files/writes") file_->writes = value;
    if (secret_ == nullptr) return;
    if (path == "secrets/issued_at") secret_->issued_at = wall_time_of(value);
    if (path == "secrets/renewed_at") secret_->renewed_at = wall_time_of(value);
    if (path == "secrets/ttl_seconds") secret_->ttl_seconds = std::clamp<std::int64_t>(value, 0, kSecondsMax);
    if (path == "secrets/renewals") secret_->renewals = value;
    if (path == "secrets/next_at") secret_->next_at = wall_time_of(value);
  }

  JournalData& out_;
  SecretEntry* secret_ = nullptr;
  FileEntry* file_ = nullptr;
};

std::string clock_text(Clock::WallTime time) { return format_rfc3339_nano(std::chrono::floor<seconds>(time)); }

std::string ago(Clock::WallTime time, Clock::WallTime now) {
  return clock_text(time) + " (" + format_duration(std::chrono::floor<seconds>(now - time)) + " ago)";
}

std::string shown(const std::string& name, const SecretEntry& secret, Clock::WallTime now) {
  std::string text = "secret " + name + "\n";
  text += "  lease:    " + (secret.lease_id.empty() ? "none" : secret.lease_id) + "\n";
  if (!secret.accessor.empty()) text += "  token:    accessor " + secret.accessor + "\n";
  text += "  issued:   " + ago(secret.issued_at, now);
  if (secret.ttl_seconds > 0) text += ", for " + format_duration(seconds(secret.ttl_seconds));
  text += "\n";
  if (secret.renewals > 0) {
    text += "  renewed:  " + ago(secret.renewed_at, now) + ", " + std::to_string(secret.renewals) + " times\n";
  }
  if (!secret.next.empty()) {
    const auto wait = std::max<std::chrono::nanoseconds>(secret.next_at - now, std::chrono::nanoseconds(0));
    text += "  next:     " + secret.next + " at " + clock_text(secret.next_at) + " (in " +
            format_duration(std::chrono::floor<seconds>(wait)) + ")\n";
  }
  return text;
}

}  // namespace

std::string format_journal(const JournalData& journal) {
  std::vector<std::string> secrets;
  for (const auto& [name, secret] : journal.secrets) {
    json::ObjectWriter out;
    out.member("name", name).member("lease_id", secret.lease_id).member("accessor", secret.accessor);
    out.member("issued_at", number(secret.issued_at)).member("renewed_at", number(secret.renewed_at));
    out.member("ttl_seconds", secret.ttl_seconds).member("renewals", secret.renewals);
    out.member("next", secret.next).member("next_at", number(secret.next_at));
    secrets.push_back(text_of(out));
  }
  std::vector<std::string> files;
  for (const auto& [path, file] : journal.files) {
    json::ObjectWriter out;
    out.member("path", path).member("written_at", number(file.written_at)).member("writes", file.writes);
    out.raw_member("secrets", list(file.secrets));
    files.push_back(text_of(out));
  }
  std::vector<std::string> events;
  for (const auto& event : journal.events) {
    json::ObjectWriter out;
    out.member("at", number(event.at)).member("about", event.about).member("what", event.what).member("cause", event.cause);
    events.push_back(text_of(out));
  }
  return "{\"secrets\":[" + join(secrets, ",\n") + "],\n\"files\":[" + join(files, ",\n") + "],\n\"events\":[" +
         join(events, ",\n") + "]}\n";
}

Result<JournalData> parse_journal(std::string_view text) {
  JournalData journal;
  JournalReader reader(journal);
  if (auto read = json::read(text, reader); !read) return invalid("not a journal: " + read.error().message);
  return journal;
}

Result<std::string> explain_file(const JournalData& journal, const std::string& path, Clock::WallTime wall_now) {
  const auto found = journal.files.find(path);
  if (found == journal.files.end()) {
    std::vector<std::string> known;
    for (const auto& [name, file] : journal.files) known.push_back(name);
    return not_found(known.empty() ? "no file has been written yet"
                                   : "this agent does not write " + path + "; it writes " + join(known, ", "));
  }
  const FileEntry& file = found->second;
  std::string text = path + "\n  written:  " + ago(file.written_at, wall_now) + ", " + std::to_string(file.writes) +
                     (file.writes == 1 ? " time\n" : " times\n");
  for (const auto& name : file.secrets) {
    if (const auto secret = journal.secrets.find(name); secret != journal.secrets.end()) {
      text += shown(name, secret->second, wall_now);
    }
  }
  std::vector<std::string> lines;
  for (const auto& event : journal.events) {
    const bool about = event.about == path || event.about == "token" ||
                       std::find(file.secrets.begin(), file.secrets.end(), event.about) != file.secrets.end();
    if (!about) continue;
    std::string line = "  " + clock_text(event.at) + "  " + event.about + " " + event.what;
    if (!event.cause.empty()) line += ": " + event.cause;
    lines.push_back(std::move(line));
  }
  if (lines.size() > kEventsShown) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kEventsShown));
  return text + "events\n" + join(lines, "\n") + "\n";
}

std::string journal_path(const std::string& state_path) { return state_path.empty() ? "" : state_path + ".journal"; }

Journal::Journal(std::string path, const Clock& clock, log::Logger log)
    : path_(std::move(path)), clock_(clock), log_(std::move(log)) {}

void Journal::load() {
  if (path_.empty()) return;
  const auto text = runtime::read_file(path_, kJournalBytesMax);
  if (!text) return;
  // One that is broken is of no use to anybody.
  if (auto read = parse_journal(*text)) data_ = *std::move(read);
}

void Journal::token(std::string_view what, std::string_view accessor) {
  accessor_ = accessor;
  note("token", what, accessor.empty() ? "" : "accessor " + accessor_);
}

void Journal::read(const std::string& name, std::string_view lease_id, seconds ttl, std::string_view cause) {
  SecretEntry& secret = data_.secrets[name];
  secret = {.lease_id = std::string(lease_id),
            .accessor = accessor_,
            .issued_at = clock_.wall_now(),
            .renewed_at = {},
            .ttl_seconds = ttl.count(),
            .renewals = 0,
            .next = "",
            .next_at = {}};
  note(name, "read", cause);
}

void Journal::renewed(const std::string& name, seconds ttl) {
  const auto found = data_.secrets.find(name);
  if (found == data_.secrets.end()) return;
  found->second.renewed_at = clock_.wall_now();
  found->second.ttl_seconds = ttl.count();
  ++found->second.renewals;
}

void Journal::planned(const std::string& name, std::string_view next, std::chrono::nanoseconds wait) {
  if (path_.empty()) return;
  const auto found = data_.secrets.find(name);
  if (found == data_.secrets.end()) return;
  found->second.next = next;
  found->second.next_at = clock_.wall_now() + std::chrono::duration_cast<Clock::WallTime::duration>(wait);
  save();
}

void Journal::forget(const std::string& name) {
  if (data_.secrets.erase(name) != 0) note(name, "given up", "no template uses it any more");
}

void Journal::wrote(const std::string& path, std::vector<std::string> secrets, std::string_view cause) {
  FileEntry& file = data_.files[path];
  file.secrets = std::move(secrets);
  file.written_at = clock_.wall_now();
  ++file.writes;
  note(path, "written", cause);
}

void Journal::note(std::string about, std::string_view what, std::string_view cause) {
  if (path_.empty()) return;
  data_.events.push_back(
      {.at = clock_.wall_now(), .about = std::move(about), .what = std::string(what), .cause = std::string(cause)});
  while (data_.events.size() > kEventsMax) data_.events.pop_front();
  save();
}

void Journal::save() {
  if (path_.empty()) return;
  // Not synced: it tells the past, and nothing is decided by it.
  auto written = runtime::write_atomically(path_, format_journal(data_),
                                           {.mode = 0640, .make_directories = true, .sync = false});
  if (!written && !std::exchange(told_, true)) {
    log_.warn("the journal cannot be written", {{"path", path_}, {"error", written.error().message}});
  }
}

}  // namespace leasehold::agent
