// Renders templates once: pass after pass until every one has the answers that it asked for. Where
// answers come from is the caller's (sample data, a server), so nothing here waits or does I/O.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/gofuncs/render.h"

namespace leasehold::agent {

/// A template that asks for new things in more passes than this never ends.
inline constexpr int kRenderPassesMax = 100;

/// The answer to one dependency; asked once for each.
using AnswerSource =
    std::function<Result<gotemplate::Value>(const gofuncs::Dependency& dependency)>;

/// One template and what became of it.
struct RenderJob {
  std::string label;
  std::unique_ptr<gofuncs::Template> parsed;
  std::optional<SecretString> text;  ///< rendered
  /// `LABEL:3:6: what`, one for each reason; empty while it is being rendered or when it was.
  std::vector<std::string> errors;
};

/// What -watch shows: one line an event, without values.
using Watcher = std::function<void(const std::string& line)>;

/// Fills text or errors of every job. watch may be empty.
void render_once(std::vector<RenderJob>& jobs, const AnswerSource& answers, const Watcher& watch);

/// `app.tmpl:3:6: text` from an error of gofuncs::Pass.
std::string placed_message(const std::string& label, std::string_view error);

}  // namespace leasehold::agent
