#include "runner.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "destination.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"
#include "leasehold/runtime/memory.h"
#include "leasehold/runtime/process.h"
#include "leasehold/vault/lease.h"
#include "missing_values.h"
#include "template_text.h"
#include "typed_output.h"

namespace leasehold::agent {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kFirstRetry = seconds(1);
constexpr nanoseconds kMostRetry = seconds(60);
/// With exit_on_retry_failure a local step (file, command) is tried this often.
constexpr int kLocalAttempts = 4;

// As Go prints a list of strings inside a log line: ["kill -HUP 1"].
std::string shown(const std::vector<std::string>& command) {
  std::vector<std::string> quoted;
  quoted.reserve(command.size());
  for (const auto& word : command) quoted.push_back(go_quote(word));
  return "[" + join(quoted, " ") + "]";
}

}  // namespace

Runner::Runner(const Context& context, SecretStore& store, std::vector<std::string> command_environment, Start start,
               Tellers tellers, NotifyEdges notify)
    : context_(context),
      store_(store),
      command_environment_(std::move(command_environment)),
      start_(std::move(start)),
      tellers_(tellers),
      notify_(std::move(notify)),
      log_(context.log),
      passed_(store.changed().executor()) {}

Result<Runner::Set> Runner::make_set(std::vector<TemplateBlock> blocks) const {
  Set set;
  set.blocks = std::make_unique<const std::vector<TemplateBlock>>(std::move(blocks));
  for (const auto& block : *set.blocks) {
    const bool from_file = !block.source.empty();
    if (from_file && !block.contents.empty()) {
      return invalid("template server failed to create: template: cannot specify both 'source' and 'contents'");
    }
    if (!from_file && block.contents.empty()) {
      return invalid("template server failed to create: template: must specify exactly one of 'source' or 'contents'");
    }
    auto text = template_text(block);
    if (!text) return text.error().in("template server failed to create");
    Entry entry;
    entry.block = &block;
    entry.label = template_label(block);
    gofuncs::Host host{.environment = context_.environment,
                       .now = [&clock = context_.clock] { return clock.wall_now(); },
                       .standard_output = context_.standard_output,
                       .time_zone = context_.environment("TZ").value_or("")};
    entry.parsed = gofuncs::Template::create(template_options(block, *std::move(text)), std::move(host));
    set.entries.push_back(std::move(entry));
  }
  return set;
}

void Runner::use(Set set) {
  entries_ = std::move(set.entries);
  blocks_ = std::move(set.blocks);
}

Result<void> Runner::prepare() {
  auto set = make_set(context_.config.templates);
  if (!set) return set.error();
  use(*std::move(set));
  return {};
}

Result<void> Runner::reload(std::vector<TemplateBlock> blocks) {
  auto set = make_set(std::move(blocks));
  if (!set) return set.error();
  next_ = *std::move(set);
  store_.changed().notify_all();
  return {};
}

bool Runner::all_rendered() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.rendered; });
}

net::awaitable<Error> Runner::run() {
  const log::Logger server = log_.named("template.server");
  server.info("starting template server");
  if (entries_.empty()) server.info("no templates found");
  log_.info("(runner) starting");
  int failures = 0;
  for (;;) {  // ends by cancellation or a failure that ends the agent
    if (next_) {
      log_.info("(runner) templates reloaded");
      use(*std::exchange(next_, std::nullopt));
    }
    const std::uint64_t seen = store_.version();
    auto passed = co_await pass();
    std::optional<nanoseconds> retry_in;
    if (passed) {
      failures = 0;
    } else if (passed.error().kind == ErrorKind::Cancelled) {
      break;
    } else {
      ++failures;
      retry_in = vault::retry_pause(failures, kFirstRetry, kMostRetry);
      server.error("template server error", {{"error", passed.error().message}, {"backoff", format_duration(*retry_in)}});
      const bool may_pass = passed.error().kind == ErrorKind::Transient && failures < kLocalAttempts;
      if (context_.config.template_config.exit_on_retry_failure && !may_pass) {
        co_return passed.error().in("template server");
      }
    }
    passed_.notify_all();
    if (all_rendered()) log_.debug("(runner) all templates rendered");
    // The first round opens a connection a template and reads every answer at once.
    if (all_rendered() && !std::exchange(settled_, true)) runtime::return_free_memory();
    if (!co_await wait(retry_in, seen)) break;
  }
  log_.info("(runner) stopping");
  server.info("template server stopped");
  co_return cancelled("template server");
}

net::awaitable<bool> Runner::wait(std::optional<nanoseconds> retry_in, std::uint64_t seen) {
  if (store_.version() != seen || next_) co_return true;  // data came while commands ran
  std::optional<nanoseconds> rest = next_due();
  if (retry_in && (!rest || *retry_in < *rest)) rest = retry_in;
  if (!rest) co_return co_await store_.changed().wait();
  co_return co_await store_.changed().wait_for(context_.clock, *rest) != runtime::Wake::Cancelled;
}

std::optional<nanoseconds> Runner::next_due() const {
  std::optional<nanoseconds> soonest;
  for (const auto& entry : entries_) {
    if (!entry.waiting_text) continue;
    const nanoseconds rest = std::max(nanoseconds(0), nanoseconds(entry.due - context_.clock.now()));
    if (!soonest || rest < *soonest) soonest = rest;
  }
  return soonest;
}

net::awaitable<Result<void>> Runner::pass() {
  std::map<std::string, bool, std::less<>> used;
  Result<void> outcome;
  bool complete = true;
  const auto began = context_.clock.now();
  for (auto& entry : entries_) {
    auto rendered = render(entry, used, complete);
    if (rendered) continue;
    tellers_.metrics.render_failed(rendered.error().kind);
    complete = false;
    if (entry.block->error_fatal) {
      if (outcome) outcome = rendered;
    } else if (entry.last_error != rendered.error().message) {
      log_.error("(runner) " + rendered.error().message);
    }
    entry.last_error = rendered.error().message;
  }
  // Only a pass in which every template ran to its end knows what is not needed any more.
  if (complete) store_.retire_all_but(used);
  tellers_.metrics.rendered(context_.clock.now() - began);
  auto commands = co_await run_commands();
  if (outcome && !commands) outcome = commands;
  auto notified = co_await run_notifications();
  if (outcome && !notified) outcome = notified;
  co_return outcome;
}

Result<void> Runner::render(Entry& entry, std::map<std::string, bool, std::less<>>& used, bool& complete) {
  gofuncs::Pass pass = entry.parsed->render(store_);
  entry.uses.clear();
  for (const auto& dependency : pass.used) {
    entry.uses.push_back(dependency.name);
    used[dependency.name] = true;
    auto [record, created] = store_.want(dependency);
    if (created) start_(std::move(record));
  }
  if (!pass.missing.empty()) {
    // What failed may have failed for want of the data: it is judged when that is there.
    complete = false;
    entry.waiting_text.reset();  // of an older state; its time must not wake the runner again and again
    return {};
  }
  if (pass.error) entry.waiting_text.reset();
  if (pass.error) return invalid(entry.label + ": " + *pass.error);
  const OutputConfig& output = entry.block->output;
  if (output.format.empty()) {
    tell_missing_values(entry, pass.text.expose());  // expose(): looks for the words that Go prints
    return settle(entry, std::move(pass.text));
  }
  auto file = format_output(output, pass.text.expose());  // expose(): into the file
  if (!file) return invalid(go_quote(entry.block->destination) + ": " + file.error().message);
  return settle(entry, *std::move(file));
}

// A missing key is no error by default, and the application finds out at night.
void Runner::tell_missing_values(Entry& entry, std::string_view text) {
  if (text.find("<no value>") == std::string_view::npos) return;
  if (std::exchange(entry.told_missing, true)) return;
  log_.error("(runner) " + go_quote(entry.label) + " => " + go_quote(entry.block->destination) + " contains <no value>: " +
             missing_value_reason(*entry.block));
}

// Quiescence: once everything was rendered, a change waits until nothing changed for wait.min, at
// most wait.max.
Result<void> Runner::settle(Entry& entry, SecretString text) {
  const auto& block = *entry.block;
  if (block.wait_min.count() == 0 || !all_rendered()) return write(entry, text.expose());
  const auto now = context_.clock.now();
  const bool changed = !entry.waiting_text || !(*entry.waiting_text == text);
  if (!entry.waiting_text) {
    if (runtime::file_equals(block.destination, text.expose())) return {};
    entry.first_change = now;
  }
  if (changed) {
    const auto last = entry.first_change + block.wait_max;
    entry.due = std::min(now + block.wait_min, std::max(last, now));
    entry.waiting_text = std::move(text);
  }
  if (now < entry.due) return {};
  const SecretString due_text = *std::exchange(entry.waiting_text, std::nullopt);
  return write(entry, due_text.expose());
}

Result<void> Runner::write(Entry& entry, std::string_view text) {
  if (text.size() > limits::kRenderedFileBytesMax) {
    return invalid(entry.label + ": rendered text is larger than " + std::to_string(limits::kRenderedFileBytesMax) +
                   " bytes");
  }
  const auto& block = *entry.block;
  auto written = write_destination(block, text);
  if (!written) {
    return transient("error rendering " + go_quote(entry.label) + " => " + go_quote(block.destination) + ": " +
                     written.error().message);
  }
  if (!written->warning.empty()) log_.warn("(runner) " + written->warning);
  if (written->written) {
    log_.info("(runner) rendered " + go_quote(entry.label) + " => " + go_quote(block.destination));
    entry.command_due = !block.command.empty();
    entry.notify_due = block.notify.any();
    tellers_.metrics.wrote(block.destination);
    tellers_.journal.wrote(block.destination, entry.uses, store_.last_arrival());
  }
  entry.rendered = true;
  return {};
}

// After all files of the pass are in place, in order, each command once. One that fails stays due and
// does not keep the others from running: their applications hold old passwords.
net::awaitable<Result<void>> Runner::run_commands() {
  std::map<std::vector<std::string>, bool> succeeded;
  std::vector<std::string> failures;
  for (auto& entry : entries_) {
    if (!entry.command_due) continue;
    const auto [row, first] = succeeded.try_emplace(entry.block->command, true);
    if (first) {
      const auto ran = co_await run_command(entry);
      if (!ran && ran.error().kind == ErrorKind::Cancelled) co_return ran;
      row->second = ran.has_value();
      if (!ran) failures.push_back(ran.error().message);
    }
    entry.command_due = !row->second;
  }
  if (failures.empty()) co_return Result<void>();
  std::string text = failures.size() == 1 ? "1 error occurred:" : std::to_string(failures.size()) + " errors occurred:";
  for (const std::string& failure : failures) text += "\n\t* " + failure;
  co_return transient(std::move(text));
}

// As commands: each once a pass, and one that fails stays due.
net::awaitable<Result<void>> Runner::run_notifications() {
  std::vector<NotifyConfig> done;
  Result<void> outcome;
  for (auto& entry : entries_) {
    if (!entry.notify_due) continue;
    const NotifyConfig& wanted = entry.block->notify;
    if (std::find(done.begin(), done.end(), wanted) == done.end()) {
      auto told = co_await notify(wanted, notify_);
      if (!told && told.error().kind == ErrorKind::Cancelled) co_return told;
      if (!told) {
        if (outcome) outcome = told;
        continue;
      }
      log_.info("(runner) notified", {{"path", entry.block->destination}, {"notify", describe(wanted)}});
      done.push_back(wanted);
    }
    entry.notify_due = false;
  }
  co_return outcome;
}

net::awaitable<Result<void>> Runner::run_command(const Entry& entry) {
  const auto& block = *entry.block;
  const std::string what = go_quote(shown(block.command)) + " from " + go_quote(entry.label) + " => " +
                           go_quote(block.destination);
  log_.info("(runner) executing command " + what);
  runtime::Command command;
  command.argv = block.command;
  if (command.argv.size() == 1 && command.argv[0].find(' ') != std::string::npos) {
    command.argv = {"sh", "-c", block.command[0]};
    command.own_process_group = true;
  }
  command.environment = command_environment_;
  command.timeout = block.command_timeout;
  auto ran = co_await runtime::run_command(std::move(command), context_.clock);
  if (!ran && ran.error().kind != ErrorKind::Cancelled) {
    co_return transient("failed to execute command " + what + ": " + ran.error().message);
  }
  co_return ran;
}

}  // namespace leasehold::agent
