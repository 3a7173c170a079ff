// The executor's expressions: pipelines, fields, calls and the checks of their arguments.
#include <algorithm>
#include <utility>

#include "executor.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gotemplate {

namespace {

/// Part 0 is the function itself.
std::size_t count_of(NodeList arguments) { return arguments.empty() ? 0 : arguments.size() - 1; }

const Function* find_method(const Value& receiver, std::string_view name) {
  if (!receiver.valid()) return nullptr;
  const Type* type = receiver.kind() == Kind::Pointer ? receiver.type()->element : receiver.type();
  const auto place = std::ranges::find(type->methods, name, &Function::name);
  return place == type->methods.end() ? nullptr : &*place;
}

bool can_be_nil(const Type& type) {
  switch (type.kind) {
    case Kind::List:
    case Kind::Map:
    case Kind::Pointer:
    case Kind::Channel:
    case Kind::Interface:
    case Kind::Raw:
      return true;
    default:
      return false;
  }
}

std::string quoted(std::string_view text) { return go_quote(text); }

}  // namespace

/// Lets functions run other templates of the same text, with a fresh executor.
class Executor::Runner final : public TemplateRunner {
 public:
  explicit Runner(Executor& outer) : outer_(outer) {}

  Result<Value> run(std::string_view name, const Value& dot) override {
    const auto found = outer_.trees_.trees.find(name);
    if (found == outer_.trees_.trees.end()) {
      return invalid("template: no template " + quoted(name) + " associated with template \"\"");
    }
    if (outer_.nested_runs_ >= kNestedRunsMax) {
      return invalid("exceeded maximum template depth (" + std::to_string(kNestedRunsMax) + ")");
    }
    Executor inner(outer_.text_, outer_.trees_, outer_.options_, outer_.context_);
    inner.nested_runs_ = outer_.nested_runs_ + 1;
    inner.statements_ = outer_.statements_;
    inner.made_bytes_ = outer_.made_bytes_;
    SecretBytes out;
    try {
      inner.run(found->second, dot, out);
      outer_.statements_ = inner.statements_;
      outer_.made_bytes_ = inner.made_bytes_;
    } catch (const ExecutionError& error) {
      return invalid(error.failure.message);
    }
    return Value::string({out.data(), out.size()});
  }

 private:
  Executor& outer_;
};

Value Executor::pipeline(const Value& dot, const Node* pipe) {
  if (pipe == nullptr) return {};
  mark(*pipe);
  Value value;
  bool first = true;
  for (const Node* part : pipe->parts) {
    value = command(dot, *part, first ? nullptr : &value).as_boxed(false);
    first = false;
  }
  for (const std::string_view name : pipe->names) {
    if (pipe->assigns) {
      variable(name, kUnknownSlot).value = value;
    } else {
      variables_.push_back({.name = name, .value = value});
    }
  }
  return value;
}

Value Executor::command(const Value& dot, const Node& node, const Value* final) {
  const Node& first = *node.parts.front();
  switch (first.type) {
    case NodeType::Function:
      mark(first);
      return function(dot, first, node, node.parts, final);
    case NodeType::Field:
    case NodeType::Chain:
    case NodeType::Variable:
      return operand(dot, first, node.parts, final);
    case NodeType::Pipe:
      refuse_arguments(node.parts, final, first);
      return pipeline(dot, &first);
    default:
      break;
  }
  mark(first);
  refuse_arguments(node.parts, final, first);
  switch (first.type) {
    case NodeType::Dot:
      return dot;
    case NodeType::Nil:
      fail("nil is not a command");
    case NodeType::Number:
      return constant(first);
    default:
      return first.literal->value;  // Bool, String
  }
}

void Executor::refuse_arguments(NodeList arguments, const Value* final, const Node& node) {
  if (count_of(arguments) > 0 || final != nullptr) {
    fail("can't give argument to non-function " + to_source(node));
  }
}

Value Executor::operand(const Value& dot, const Node& node, NodeList arguments,
                        const Value* final) {
  mark(node);
  switch (node.type) {
    case NodeType::Field:
      return field_chain(dot, dot, node, 0, arguments, final);
    case NodeType::Variable: {
      Value value = variable(node.names.front(), node.slot).value;
      if (node.names.size() == 1) {
        refuse_arguments(arguments, final, node);
        return value;
      }
      return field_chain(dot, std::move(value), node, 1, arguments, final);
    }
    default: {  // Chain
      const Node& inner = *node.parts.front();
      Value value = argument(dot, kRaw, inner);
      return field_chain(dot, std::move(value), node, 0, arguments, final);
    }
  }
}

Value Executor::field_chain(const Value& dot, Value receiver, const Node& node, std::size_t first,
                            NodeList arguments, const Value* final) {
  const std::size_t last = node.names.size() - 1;
  for (std::size_t index = first; index < last; ++index) {
    receiver = field(dot, node.names[index], node, {}, nullptr, receiver);
  }
  return field(dot, node.names[last], node, arguments, final, receiver);
}

Value Executor::field(const Value& dot, std::string_view name, const Node& node,
                      NodeList arguments, const Value* final, const Value& receiver) {
  const auto type = [&receiver] { return std::string(receiver.static_type_name()); };
  if (!receiver.valid()) {
    if (receiver.boxed()) fail("nil pointer evaluating " + type() + "." + std::string(name));
    if (options_.error_on_missing_key) fail("nil data; no entry for key " + quoted(name));
    return {};
  }
  if (const Function* method = find_method(receiver, name); method != nullptr) {
    const Value self = receiver.as_boxed(false);
    return call(dot, {.row = *method, .name = method->name, .marked = node, .receiver = &self}, arguments,
                final);
  }
  const bool has_arguments = count_of(arguments) > 0 || final != nullptr;
  const Value pointed = receiver.kind() == Kind::Pointer && !receiver.is_nil() ? receiver.pointed() : Value();
  const Value& target = pointed.valid() ? pointed : receiver;
  if (target.kind() == Kind::Struct || target.kind() == Kind::Pointer) {
    const Type& record = target.kind() == Kind::Pointer ? *target.type()->element : *target.type();
    const auto place = std::ranges::find(record.fields, name, &Field::name);
    if (place != record.fields.end()) {
      if (target.kind() == Kind::Pointer) {
        fail("nil pointer evaluating " + type() + "." + std::string(name));
      }
      if (!place->exported) {
        fail(std::string(name) + " is an unexported field of struct type " + type());
      }
      if (has_arguments) {
        fail(std::string(name) + " has arguments but cannot be invoked as function");
      }
      return target.fields()[static_cast<std::size_t>(place - record.fields.begin())];
    }
  }
  if (target.kind() == Kind::Map && (target.type()->key == &kString || target.type()->key == &kAny)) {
    if (has_arguments) fail(std::string(name) + " is not a method but has arguments");
    const Type& element = *target.type()->element;
    if (const Value* entry = target.find(name); entry != nullptr) return entry->as_boxed(&element == &kAny);
    if (options_.error_on_missing_key) fail("map has no entry for key " + quoted(name));
    return Value::zero(element).as_boxed(&element == &kAny);
  }
  fail("can't evaluate field " + std::string(name) + " in type " + type());
}

Value Executor::function(const Value& dot, const Node& node, const Node& marked,
                         NodeList arguments, const Value* final) {
  const Callee callee{.row = *node.function, .name = node.text, .marked = marked};
  return call(dot, callee, arguments, final);
}

Value Executor::call(const Value& dot, const Callee& callee, NodeList arguments,
                     const Value* final) {
  const Function& row = callee.row;
  const std::size_t written = count_of(arguments);
  const std::size_t given = written + (final == nullptr ? 0 : 1);
  const std::size_t wanted = row.parameters.size() - (row.variadic ? 1 : 0);
  const auto name = [&callee] { return std::string(callee.name); };
  if (row.variadic && given < wanted) {
    fail("wrong number of args for " + name() + ": want at least " + std::to_string(wanted) + " got " +
         std::to_string(written));
  }
  if (!row.variadic && given != wanted) {
    fail("wrong number of args for " + name() + ": want " + std::to_string(wanted) + " got " +
         std::to_string(given));
  }
  if (!row.refusal.empty()) fail(std::string(row.refusal));
  if (row.call == nullptr) return short_circuit(dot, row.name == "or", arguments, final);

  std::vector<Value> values;
  if (!spare_.empty()) {
    values = std::move(spare_.back());
    spare_.pop_back();
  }
  call_arguments(dot, callee, arguments, final, values);
  Runner runner(*this);
  Call call{.arguments = values, .context = context_, .runner = runner, .function = row};
  Result<Value> result = row.call(call);
  if (!result) {
    mark(callee.marked);
    fail("error calling " + name() + ": " + result.error().message);
  }
  values.clear();
  spare_.push_back(std::move(values));
  account(*result);
  return *std::move(result);
}

/// Text or lists that double in every round would eat the memory long before the rounds are counted.
void Executor::account(const Value& made) {
  std::size_t bytes = 0;
  if (made.kind() == Kind::String) {
    bytes = made.length();
  } else if (made.kind() == Kind::List || made.kind() == Kind::Map) {
    bytes = made.shared() ? 0 : made.length() * sizeof(Value);
  }
  made_bytes_ += bytes;
  if (bytes > limits::kTemplateValueBytesMax) {
    fail("a value exceeds " + std::to_string(limits::kTemplateValueBytesMax) + " bytes");
  }
  if (made_bytes_ > limits::kTemplateMadeBytesMax) {
    fail("all values together exceed " + std::to_string(limits::kTemplateMadeBytesMax) + " bytes");
  }
}

Value Executor::short_circuit(const Value& dot, bool stop_at, NodeList arguments,
                              const Value* final) {
  Value value;
  for (std::size_t index = 1; index <= count_of(arguments); ++index) {
    value = argument(dot, kRaw, *arguments[index]);
    if (is_true(value) == stop_at) return value;
  }
  return final == nullptr ? value : *final;
}

void Executor::call_arguments(const Value& dot, const Callee& callee, NodeList arguments,
                              const Value* final, std::vector<Value>& values) {
  const auto parameters = callee.row.parameters;
  const auto parameter = [&parameters](std::size_t index) -> const Type& {
    return *parameters[std::min(index, parameters.size() - 1)];
  };
  const std::size_t written = count_of(arguments);
  values.reserve(written + 2);
  if (callee.receiver != nullptr) values.push_back(*callee.receiver);
  for (std::size_t index = 0; index < written; ++index) {
    values.push_back(argument(dot, parameter(index), *arguments[index + 1]));
  }
  if (final != nullptr) values.push_back(checked(*final, parameter(written)));
}

Value Executor::argument(const Value& dot, const Type& type, const Node& node) {
  mark(node);
  switch (node.type) {
    case NodeType::Dot:
      return checked(dot, type);
    case NodeType::Nil:
      if (can_be_nil(type)) return Value::zero(type);
      fail("cannot assign nil to " + std::string(type.name));
    case NodeType::Field:
    case NodeType::Variable:
    case NodeType::Chain:
      return checked(operand(dot, node, {}, nullptr), type);
    case NodeType::Pipe:
      return checked(pipeline(dot, &node), type);
    case NodeType::Function: {
      Value value = function(dot, node, node, {}, nullptr);
      // Nothing out of a function is an empty interface until a pipeline opens it; `and` and `or` hand on
      // what they were given.
      const bool boxed = value.boxed() || (!value.valid() && node.function->call != nullptr);
      return checked(std::move(value).as_boxed(boxed), type);
    }
    default:
      return literal_argument(type, node);
  }
}

Value Executor::literal_argument(const Type& type, const Node& node) {
  mark(node);
  const Number& number = node.literal->number;
  const bool is_number = node.type == NodeType::Number;
  const auto wrong = [this, &node](std::string_view expected) {
    fail("expected " + std::string(expected) + "; found " + to_source(node));
  };
  switch (type.kind) {
    case Kind::Bool:
      if (node.type != NodeType::Bool) wrong("bool");
      return node.literal->value;
    case Kind::String:
      if (node.type != NodeType::String) wrong("string");
      return node.literal->value;
    case Kind::Int:
      if (!is_number || !number.is_int) wrong("integer");
      return Value::integer(number.int_value, type);
    case Kind::Uint:
      if (!is_number || !number.is_uint) wrong("unsigned integer");
      return Value::unsigned_integer(number.uint_value, type);
    case Kind::Float:
      if (!is_number || !number.is_float) wrong("float");
      return Value::floating(number.float_value);
    case Kind::Interface:
    case Kind::Raw:
      return is_number ? constant(node) : node.literal->value;
    default:
      fail("can't handle " + to_source(node) + " for arg of type " + std::string(type.name));
  }
}

Value Executor::constant(const Node& node) {
  mark(node);
  if (!node.literal->value.valid()) fail(std::string(node.text) + " overflows int");
  return node.literal->value;
}

Value Executor::checked(Value value, const Type& type) {
  if (type.kind == Kind::Raw) return value;
  if (!value.valid() && !value.boxed()) {
    if (can_be_nil(type)) return Value::zero(type);
    fail("invalid value; expected " + std::string(type.name));
  }
  if (type.kind == Kind::Interface || value.type() == &type) return std::move(value).as_boxed(false);
  if (value.kind() == Kind::Pointer && value.type()->element == &type) {
    if (value.is_nil()) fail("dereference of nil pointer of type " + std::string(type.name));
    return value.pointed();
  }
  const std::string_view got = value.valid() ? value.type_name() : value.static_type_name();
  fail("wrong type for value; expected " + std::string(type.name) + "; got " + std::string(got));
}

}  // namespace leasehold::gotemplate
