// Parses once, renders many times; collects dependencies; redacts errors.
#include "leasehold/gofuncs/render.h"

#include <algorithm>
#include <utility>

#include "leasehold/gotemplate/program.h"
#include "context.h"
#include "denylist.h"
#include "redaction.h"
#include "scratch.h"

namespace leasehold::gofuncs {

namespace {

/// Functions that change a map in place. Templates that use one get copies of the secrets, so that
/// no change outlives the pass.
constexpr std::string_view kMutating[] = {
    "mergeMap",         "mergeMapWithOverride",     "sprig_set",       "sprig_unset",
    "sprig_merge",      "sprig_mustMerge",          "sprig_mergeOverwrite", "sprig_mustMergeOverwrite",
    "sprig_sortAlpha",
};

/// The rows of a set and the builtins, indexed once.
const gotemplate::FunctionSet& known_functions(SprigSet set) {
  const auto with_builtins = [](SprigSet chosen) {
    gotemplate::FunctionSet functions = functions_of(chosen);
    functions.add(gotemplate::builtin_functions());
    return functions;
  };
  if (set == SprigSet::Hermetic) {
    static const gotemplate::FunctionSet kHermetic = with_builtins(SprigSet::Hermetic);
    return kHermetic;
  }
  static const gotemplate::FunctionSet kFull = with_builtins(SprigSet::Full);
  return kFull;
}

}  // namespace

const Value* RenderContext::look_up(Dependency dependency) {
  const auto same = [&dependency](const Dependency& other) { return other.name == dependency.name; };
  const bool known = std::ranges::any_of(pass_.used, same);
  const Value* value = data_.find(dependency);
  if (value != nullptr && copy_data_) {
    const auto copy =
        std::ranges::find(copies_, dependency.name, &decltype(copies_)::value_type::first);
    if (copy == copies_.end()) {
      value = copies_.emplace_back(dependency.name, std::make_unique<Value>(copy_secret(*value))).second.get();
    } else {
      value = copy->second.get();
    }
  }
  if (known) return value;
  if (value == nullptr) {
    pass_.missing.push_back(dependency);
  } else {
    seen_.push_back(*value);
  }
  pass_.used.push_back(std::move(dependency));
  return value;
}

const Value& RenderContext::scratch() {
  if (!scratch_.valid()) scratch_ = make_scratch();
  return scratch_;
}

struct Template::State {
  TemplateOptions options;
  Host host;
  gotemplate::FunctionSet functions;
  std::unique_ptr<gotemplate::Program> program;
  std::string parse_error;
  bool mutates = false;
};

Template::Template(std::unique_ptr<State> state) : state_(std::move(state)) {}
Template::~Template() = default;

std::unique_ptr<Template> Template::create(TemplateOptions options, Host host) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->host = std::move(host);
  state->functions = known_functions(state->options.sprig);
  deny(state->functions, state->options.function_denylist);
  auto program = gotemplate::Program::parse({.text = state->options.contents,
                                             .left_delimiter = state->options.left_delimiter,
                                             .right_delimiter = state->options.right_delimiter},
                                            state->functions);
  if (program) {
    state->program = *std::move(program);
    state->mutates = std::ranges::any_of(
        kMutating, [&state](std::string_view name) { return state->program->calls(name); });
  } else {
    state->parse_error = "parse: " + program.error().message;
  }
  return std::unique_ptr<Template>(new Template(std::move(state)));
}

Pass Template::render(const DataSource& data) {
  Pass pass;
  if (state_->program == nullptr) {
    pass.error = state_->parse_error;
    return pass;
  }
  RenderContext context(state_->options, state_->host, data, pass, state_->mutates);
  SecretBytes out;
  const auto failure = state_->program->execute(
      {.error_on_missing_key = state_->options.error_on_missing_key,
       .statements_max = state_->options.statements_max},
      context, out);
  if (failure != nullptr) {
    pass.error = "execute: " + redact(*failure, context.seen(), state_->options.redaction);
  } else {
    pass.text = SecretString(std::move(out));
  }
  return pass;
}

const TemplateOptions& Template::options() const { return state_->options; }

}  // namespace leasehold::gofuncs
