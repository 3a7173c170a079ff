#include "render_once.h"

#include <algorithm>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "template_text.h"

namespace leasehold::agent {
namespace {

using gofuncs::Dependency;

/// The answers so far, and why others will never come.
class Answers final : public gofuncs::DataSource {
 public:
  explicit Answers(const AnswerSource& source) : source_(source) {}

  [[nodiscard]] const gotemplate::Value* find(const Dependency& dependency) const override {
    const auto found = values_.find(dependency.name);
    return found == values_.end() ? nullptr : &found->second;
  }

  /// Asks for what nobody asked for yet. The error stays for later askers.
  const std::string* error_of(const Dependency& dependency, const Watcher& say) {
    const auto known = errors_.find(dependency.name);
    if (known != errors_.end()) return &known->second;
    if (values_.contains(dependency.name)) return nullptr;
    auto value = source_(dependency);
    if (value) {
      say("  got " + dependency.name);
      values_.emplace(dependency.name, *std::move(value));
      return nullptr;
    }
    say("  failed " + dependency.name + ": " + value.error().message);
    return &errors_.emplace(dependency.name, value.error().message).first->second;
  }

 private:
  const AnswerSource& source_;
  std::map<std::string, gotemplate::Value, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> errors_;
};

bool is_open(const RenderJob& job) {
  return !job.text && job.errors.empty();
}

std::string names_of(const std::vector<Dependency>& dependencies) {
  std::vector<std::string> names;
  for (const Dependency& dependency : dependencies) names.push_back(dependency.name);
  return join(names, ", ");
}

/// One rendering. True when the template asked for something that nobody has asked for before.
void run_pass(RenderJob& job, Answers& answers, std::vector<Dependency>& wanted,
              const Watcher& say) {
  gofuncs::Pass pass = job.parsed->render(answers);
  if (!pass.missing.empty()) {
    say("  " + job.label + " waits for " + names_of(pass.missing));
    // What failed may have failed for want of the data: judged when that is there.
    if (pass.error) say("  " + job.label + " stopped there: " + *pass.error);
    wanted.insert(wanted.end(), pass.missing.begin(), pass.missing.end());
    return;
  }
  if (pass.error) {
    job.errors.push_back(placed_message(job.label, *pass.error));
  } else if (pass.text.expose().size() >
             limits::kRenderedFileBytesMax) {  // expose(): its size alone
    job.errors.push_back(job.label + ": rendered text is larger than " +
                         std::to_string(limits::kRenderedFileBytesMax) + " bytes");
  } else {
    say("  " + job.label + " rendered, uses " +
        (pass.used.empty() ? "no secret" : names_of(pass.used)));
    job.text = std::move(pass.text);
  }
}

}  // namespace

std::string placed_message(const std::string& label, std::string_view error) {
  const PlacedError placed = place_of(error);
  std::string place = label;
  if (placed.line != 0) place += ":" + std::to_string(placed.line);
  if (placed.column != 0) place += ":" + std::to_string(placed.column);
  return place + ": " + placed.text;
}

void render_once(std::vector<RenderJob>& jobs, const AnswerSource& source, const Watcher& watch) {
  const Watcher say = watch ? watch : [](const std::string&) {};
  Answers answers(source);
  for (int pass = 1; pass <= kRenderPassesMax; ++pass) {
    if (std::none_of(jobs.begin(), jobs.end(), is_open)) return;
    say("pass " + std::to_string(pass));
    for (RenderJob& job : jobs) {
      if (!is_open(job)) continue;
      std::vector<Dependency> wanted;
      run_pass(job, answers, wanted, say);
      for (const Dependency& dependency : wanted) {
        const std::string* error = answers.error_of(dependency, say);
        if (error != nullptr) job.errors.push_back(job.label + ": " + *error);
      }
    }
  }
  for (RenderJob& job : jobs) {
    if (!is_open(job)) continue;
    job.errors.push_back(job.label + ": still asks for new secrets after " +
                         std::to_string(kRenderPassesMax) + " passes");
  }
}

}  // namespace leasehold::agent
