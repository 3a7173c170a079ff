// The door for other programs, over Program: own functions become rows, failures become TemplateErrors.
#include "leasehold/gotemplate/template.h"

#include <deque>

#include "leasehold/base/secret_string.h"

namespace leasehold::gotemplate {

/// A row that owns what a row of a table points at.
struct Functions::Row : Function {
  std::string name_text;
  std::vector<const Type*> types;
  Body body;
};

struct Functions::Rows {
  std::deque<Row> rows;  ///< programs point at them
};

struct Template::State {
  std::string name;
  ExecuteOptions execute;
  std::shared_ptr<const Functions::Rows> rows;
  std::unique_ptr<Program> program;
};

std::string TemplateError::str() const {
  std::string text = file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  if (!node.empty()) text += "<" + node + ">: ";
  return text + reason;
}

Functions::Functions() : rows_(std::make_shared<Rows>()) {}

Functions& Functions::add_row(std::string_view name, std::vector<const Type*> parameters, bool variadic, Body body) {
  Row& row = rows_->rows.emplace_back();
  row.name_text = name;
  row.types = std::move(parameters);
  row.body = std::move(body);
  row.name = row.name_text;
  row.parameters = row.types;
  row.variadic = variadic;
  row.call = [](Call& call) { return static_cast<const Row&>(call.function).body(call); };
  return *this;
}

Outcome<Template> Template::parse(std::string_view text, const Functions& functions, const Options& options) {
  auto state = std::make_shared<State>();
  state->name = options.name;
  state->execute.error_on_missing_key = options.error_on_missing_key;
  state->execute.statements_max = options.statements_max;
  state->rows = functions.rows_;
  FunctionSet set;
  for (auto row = functions.rows_->rows.rbegin(); row != functions.rows_->rows.rend(); ++row) {
    set.add({static_cast<const Function*>(&*row), 1});
  }
  set.add(builtin_functions());
  Place place;
  auto program = Program::parse({.text = text,
                                 .left_delimiter = options.left_delimiter,
                                 .right_delimiter = options.right_delimiter,
                                 .error_at = &place},
                                set);
  if (!program) {
    // Go's text names template and line first; both stand in members of their own here.
    std::string reason = program.error().message;
    constexpr std::string_view kBeforeLine = "template: :";
    if (reason.starts_with(kBeforeLine)) reason.erase(0, reason.find(": ", kBeforeLine.size()) + 2);
    return TemplateError{.at = place, .file = state->name, .reason = std::move(reason), .part = {}, .node = {}};
  }
  state->program = *std::move(program);
  return Template(std::move(state));
}

Outcome<std::string> Template::render_part(std::string_view part, const Value& dot) const {
  Context context;
  SecretBytes out;
  ExecuteOptions options = state_->execute;
  options.part = part;
  options.dot = &dot;
  const auto failure = state_->program->execute(options, context, out);
  if (failure != nullptr) {
    return TemplateError{.at = failure->at,
                         .file = state_->name,
                         .reason = failure->message.substr(failure->text_offset),
                         .part = failure->part,
                         .node = failure->node};
  }
  return std::string(out.data(), out.size());
}

}  // namespace leasehold::gotemplate
