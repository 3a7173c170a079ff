// Parses as often as it takes to know all undefined functions, then follows values through the
// tree: an evaluation in which only results of traced calls and literals have a meaning.
#include "leasehold/gotemplate/inspect.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "leasehold/base/text.h"
#include "lexer.h"
#include "parser.h"

namespace leasehold::gotemplate {

namespace {

constexpr int kTemplateDepthMax = 20;
constexpr std::size_t kNoCall = static_cast<std::size_t>(-1);

/// Functions for which a missing value is an expected one.
constexpr std::array<std::string_view, 14> kTolerant = {
    "and",           "or",          "not",          "default",
    "sprig_default", "sprig_empty", "sprig_hasKey", "sprig_coalesce",
    "sprig_ternary", "sprig_get",   "sprig_dig",    "contains",
    "keyExists",     "sprig_dict"};

bool is_tolerant(const Node& command) {
  const Node& first = *command.parts.front();
  return first.type == NodeType::Function &&
         std::ranges::find(kTolerant, first.text) != kTolerant.end();
}

/// What is known of a value: part of a traced call's result, or a text.
struct Known {
  std::size_t call = kNoCall;
  std::vector<std::string> names;
  std::vector<std::size_t> offsets;
  std::optional<std::string> text;
  std::size_t offset = 0;
};

struct Variable {
  std::string name;
  Known value;
};

/// How the value of an expression is used.
enum class Use { Plain, Tested, Ranged };

class Tracer {
 public:
  Tracer(const TreeSet& set, std::span<const std::string_view> traced, std::vector<TracedCall>& out)
      : set_(set), traced_(traced), out_(out) {}

  void run() { enter("", Known()); }

 private:
  void enter(std::string_view name, const Known& dot) {
    const auto tree = set_.trees.find(name);
    if (tree == set_.trees.end() || depth_ >= kTemplateDepthMax) return;
    ++depth_;
    std::vector<Variable> outer = std::exchange(variables_, {Variable{"$", dot}});
    walk(tree->second.root, dot);
    variables_ = std::move(outer);
    --depth_;
  }

  void walk(NodeList list, const Known& dot) {
    for (const Node* node : list) {
      if (++steps_ > kStepsMax) return;
      statement(*node, dot);
    }
  }

  void statement(const Node& node, const Known& dot) {
    const std::size_t outer = variables_.size();
    switch (node.type) {
      case NodeType::Action:
        pipe(*node.pipe, dot, Use::Plain);
        return;  // what an action declares lives on
      case NodeType::If:
        pipe(*node.pipe, dot, Use::Tested);
        walk(node.parts, dot);
        walk(node.else_list, dot);
        break;
      case NodeType::With: {
        const Known value = pipe(*node.pipe, dot, Use::Tested);
        walk(node.parts, value);
        walk(node.else_list, dot);
        break;
      }
      case NodeType::Range:
        pipe(*node.pipe, dot, Use::Ranged);
        walk(node.parts, Known());
        walk(node.else_list, dot);
        break;
      case NodeType::Template:
        enter(node.text, node.pipe == nullptr ? Known() : pipe(*node.pipe, dot, Use::Plain));
        break;
      default:
        break;
    }
    variables_.resize(outer);
  }

  Known pipe(const Node& node, const Known& dot, Use use) {
    Known value;
    bool first = true;
    for (std::size_t index = 0; index < node.parts.size(); ++index) {
      const Node& stage = *node.parts[index];
      const bool last = index + 1 == node.parts.size();
      const bool tolerated = !last && is_tolerant(*node.parts[index + 1]);
      const Use here = last ? use : (tolerated ? Use::Tested : Use::Plain);
      value = command(stage, dot, here, first ? nullptr : &value);
      first = false;
    }
    declare(node, value, use);
    return value;
  }

  void declare(const Node& node, const Known& value, Use use) {
    // The variables of a range are its elements, of which nothing is known.
    const Known assigned = use == Use::Ranged ? Known() : value;
    for (const std::string_view name : node.names) {
      const auto same = [&](const Variable& variable) { return variable.name == name; };
      const auto known = std::find_if(variables_.rbegin(), variables_.rend(), same);
      if (node.assigns && known != variables_.rend()) {
        known->value = assigned;
      } else {
        variables_.push_back({std::string(name), assigned});
      }
    }
  }

  Known command(const Node& node, const Known& dot, Use use, const Known* piped) {
    const Node& first = *node.parts.front();
    if (first.type != NodeType::Function) {
      for (std::size_t index = 1; index < node.parts.size(); ++index)
        operand(*node.parts[index], dot, Use::Plain);
      return operand(first, dot, use);
    }
    if (first.text == "index" && node.parts.size() > 1 && piped == nullptr)
      return indexed(node, dot, use);
    const Use of_arguments = is_tolerant(node) ? Use::Tested : Use::Plain;
    std::vector<Known> arguments;
    for (std::size_t index = 1; index < node.parts.size(); ++index) {
      arguments.push_back(operand(*node.parts[index], dot, of_arguments));
    }
    if (piped != nullptr) arguments.push_back(*piped);
    if (std::ranges::find(traced_, first.text) == traced_.end()) return {};
    return traced_call(first, arguments);
  }

  Known traced_call(const Node& function, const std::vector<Known>& arguments) {
    // A template that is called in several places is one place of the text.
    const auto same = [&](const TracedCall& call) { return call.offset == function.position; };
    auto call = std::ranges::find_if(out_, same);
    if (call == out_.end()) {
      TracedCall made;
      made.function = function.text;
      made.offset = function.position;
      for (const Known& argument : arguments) {
        made.arguments.push_back(argument.text);
        made.argument_offsets.push_back(argument.offset);
      }
      out_.push_back(std::move(made));
      call = out_.end() - 1;
    }
    Known value;
    value.call = static_cast<std::size_t>(call - out_.begin());
    return value;
  }

  /// `index COLLECTION "key"...`: keys count as names.
  Known indexed(const Node& node, const Known& dot, Use use) {
    Known value = operand(*node.parts[1], dot, Use::Plain, /*noted=*/false);
    for (std::size_t index = 2; index < node.parts.size(); ++index) {
      const Known key = operand(*node.parts[index], dot, Use::Plain);
      if (value.call == kNoCall) continue;
      if (!key.text) {
        note(value, use);
        value = Known();
        continue;
      }
      value.names.push_back(*key.text);
      value.offsets.push_back(key.offset);
    }
    note(value, use);
    return value;
  }

  Known operand(const Node& node, const Known& dot, Use use, bool noted = true) {
    if (++steps_ > kStepsMax) return {};
    Known value;
    switch (node.type) {
      case NodeType::Function:
        if (std::ranges::find(traced_, node.text) != traced_.end()) value = traced_call(node, {});
        break;
      case NodeType::String:
        value.text = node.literal->value.as_text();
        value.offset = node.position;
        break;
      case NodeType::Pipe:
        return pipe(node, dot, use);
      case NodeType::Dot:
        return dot;
      case NodeType::Field:
        value = dot;
        extend(value, node.names, first_offset(node, 0));
        break;
      case NodeType::Variable:
        value = variable(node.names.front());
        extend(value, node.names.subspan(1), node.position);
        break;
      case NodeType::Chain:
        value = operand(*node.parts.front(), dot, Use::Plain);
        extend(value, node.names, node.position);
        break;
      default:
        break;
    }
    if (noted && node.type != NodeType::Function) note(value, use);
    return value;
  }

  /// A node of several names is placed at its second (parser.cc).
  static std::size_t first_offset(const Node& node, std::size_t name) {
    const std::size_t back = node.names.size() > name + 1 ? node.names[name].size() + 1 : 0;
    return node.position - back;
  }

  static void extend(Known& value, std::span<const std::string_view> names, std::size_t offset) {
    if (names.empty()) return;
    value.text.reset();
    if (value.call == kNoCall) return;
    for (const std::string_view name : names) {
      value.names.emplace_back(name);
      value.offsets.push_back(offset);
      offset += name.size() + 1;
    }
  }

  [[nodiscard]] Known variable(std::string_view name) const {
    for (auto place = variables_.rbegin(); place != variables_.rend(); ++place) {
      if (place->name == name) return place->value;
    }
    return {};
  }

  void note(const Known& value, Use use) {
    if (value.call == kNoCall || value.names.empty()) return;
    out_[value.call].accesses.push_back(
        {value.names, value.offsets, use == Use::Tested, use == Use::Ranged});
  }

  const TreeSet& set_;
  std::span<const std::string_view> traced_;
  std::vector<TracedCall>& out_;
  std::vector<Variable> variables_;
  int depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

Inspection inspect(const ParseOptions& options, const FunctionSet& functions,
                   std::span<const std::string_view> traced) {
  Inspection result;
  TreeSet set;
  std::vector<UndefinedFunction> undefined;
  std::optional<SyntaxProblem> syntax;
  Lexer lexer(options.text, options.left_delimiter.empty() ? "{{" : options.left_delimiter,
              options.right_delimiter.empty() ? "}}" : options.right_delimiter);
  try {
    Parser(lexer, functions, set, &undefined).parse();
  } catch (const SyntaxError& error) {
    syntax = SyntaxProblem{error.text, error.offset, ""};
  }
  for (const UndefinedFunction& one : undefined) {
    // Go's words, as Program::parse has them.
    const std::string message = "function " + go_quote(one.name) + " not defined";
    result.problems.push_back({message, one.offset, one.name});
  }
  if (syntax) {
    result.problems.push_back(*std::move(syntax));
  } else {
    Tracer(set, traced, result.calls).run();
  }
  return result;
}

}  // namespace leasehold::gotemplate
