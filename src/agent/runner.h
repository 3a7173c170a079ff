// Renders all templates, pass after pass, writes what changed and runs the commands
// (spec/agent.md 9). A local failure never costs a lease: only the failing step is done again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "context.h"
#include "leasehold/base/result.h"
#include "leasehold/gofuncs/render.h"
#include "leasehold/runtime/condition.h"
#include "notify.h"
#include "secret_store.h"
#include "tellers.h"

namespace leasehold::agent {

class Runner {
 public:
  /// Called with every dependency that a pass used and that is new.
  using Start = std::function<void(std::shared_ptr<SecretRecord>)>;

  Runner(const Context& context, SecretStore& store, std::vector<std::string> command_environment, Start start,
         Tellers tellers, NotifyEdges notify);

  /// Reads the sources. Error (Invalid): `template server failed to create: ...`.
  Result<void> prepare();
  /// Other templates from the next pass on. Error as prepare(); the old ones stay then.
  Result<void> reload(std::vector<TemplateBlock> blocks);
  /// Runs until cancelled (Cancelled), or until a failure that ends the agent
  /// (exit_on_retry_failure).
  net::awaitable<Error> run();
  /// Every template has been rendered, or its file already had the text.
  [[nodiscard]] bool all_rendered() const;
  /// Wakes after each pass.
  runtime::Condition& passed() { return passed_; }

 private:
  struct Entry {
    const TemplateBlock* block = nullptr;
    std::string label;  ///< "(dynamic)" or the source path, for logs
    std::unique_ptr<gofuncs::Template> parsed;
    bool rendered = false;
    bool command_due = false;
    bool notify_due = false;
    std::vector<std::string> uses;  ///< names of the secrets of the last pass
    std::optional<SecretString> waiting_text;  ///< quiescence: rendered, not yet written
    runtime::Clock::TimePoint first_change{};
    runtime::Clock::TimePoint due{};
    std::string last_error;
    bool told_missing = false;
  };

  /// The templates of one configuration; entries point into blocks.
  struct Set {
    std::unique_ptr<const std::vector<TemplateBlock>> blocks;
    std::vector<Entry> entries;
  };
  [[nodiscard]] Result<Set> make_set(std::vector<TemplateBlock> blocks) const;
  void use(Set set);
  /// One pass over all templates. The Error of the first failing step.
  net::awaitable<Result<void>> pass();
  Result<void> render(Entry& entry, std::map<std::string, bool, std::less<>>& used, bool& complete);
  void tell_missing_values(Entry& entry, std::string_view text);
  Result<void> settle(Entry& entry, SecretString text);
  Result<void> write(Entry& entry, std::string_view text);
  net::awaitable<Result<void>> run_commands();
  net::awaitable<Result<void>> run_notifications();
  net::awaitable<Result<void>> run_command(const Entry& entry);
  /// Until new data, a due template, or the retry; false: cancelled.
  net::awaitable<bool> wait(std::optional<std::chrono::nanoseconds> retry_in, std::uint64_t seen);
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_due() const;

  const Context& context_;
  SecretStore& store_;
  std::vector<std::string> command_environment_;
  Start start_;
  Tellers tellers_;
  NotifyEdges notify_;
  log::Logger log_;
  std::unique_ptr<const std::vector<TemplateBlock>> blocks_;
  std::vector<Entry> entries_;
  std::optional<Set> next_;  ///< a running pass must not lose the ground under its feet
  runtime::Condition passed_;
  bool settled_ = false;  ///< every template was rendered once
};

}  // namespace leasehold::agent
