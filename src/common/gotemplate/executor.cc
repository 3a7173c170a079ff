#include "executor.h"

#include <algorithm>
#include <utility>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gotemplate {

namespace {

/// compat: Go's bound on nested {{template}} calls, golden/templates/control
constexpr std::size_t kTemplateDepthMax = 100000;
/// Most templates nest no deeper and have no more variables at a time.
constexpr std::size_t kUsualDepth = 16;

/// What a range walks over: pointers and boxes are opened.
Value opened(const Value& value) { return value.pointed().as_boxed(false); }

/// An element as the container's type shows it: boxed when that is an interface.
Value element_of(const Value& container, const Value& element) {
  return element.as_boxed(container.type()->element == &kAny);
}

Value key_of(const Value& container, const Value& key) {
  return key.as_boxed(container.type()->key == &kAny);
}

}  // namespace

void Executor::fail(const std::string& text) const {
  const std::size_t position = at_ == nullptr ? 0 : at_->position;
  const std::string_view before = text_.substr(0, position);
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? position : position - newline - 1;
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::string node = at_ == nullptr ? std::string() : to_source(*at_);
  std::string message = "template: :" + std::to_string(line) + ":" + std::to_string(column) +
                        ": executing " + go_quote(tree_->name) + " at <" + node + ">: ";
  const std::size_t offset = message.size();
  throw ExecutionError{{.message = message + text,
                        .text_offset = offset,
                        .at = {.line = static_cast<std::size_t>(line), .column = column + 1},
                        .part = tree_->name,
                        .node = node}};
}

void Executor::run(const Tree& tree, const Value& dot, SecretBytes& out) {
  out_ = &out;
  frames_.reserve(kUsualDepth);
  variables_.reserve(kUsualDepth);
  walk(tree, dot);
}

void Executor::push(NodeList list, const Value& dot, std::size_t variables) {
  Frame& frame = frames_.emplace_back();
  frame.list = list;
  frame.dot = dot;
  frame.variables = variables;
}

void Executor::walk(const Tree& tree, const Value& dot) {
  tree_ = &tree;
  variables_.push_back({.name = "$", .value = dot});
  push(tree.root, dot, 0);
  while (!frames_.empty()) {
    if (++statements_ > options_.statements_max) {
      fail("more than " + std::to_string(options_.statements_max) + " statements");
    }
    Frame& frame = frames_.back();
    if (frame.next < frame.list.size()) {
      step(*frame.list[frame.next++]);
    } else {
      finish_list();
    }
    if (out_->size() > limits::kRenderedFileBytesMax) {
      fail("output exceeds " + std::to_string(limits::kRenderedFileBytesMax) + " bytes");
    }
  }
}

void Executor::finish_list() {
  Frame& frame = frames_.back();
  if (frame.loop != nullptr && next_round(frame)) return;
  variables_.resize(frame.variables);
  if (frame.caller != nullptr) {
    tree_ = frame.caller;
    base_ = frame.caller_base;
    --template_depth_;
  }
  frames_.pop_back();
}

void Executor::step(const Node& node) {
  mark(node);
  switch (node.type) {
    case NodeType::Text:
      append(*out_, node.text);
      break;
    case NodeType::Action:
      print_value(node);
      break;
    case NodeType::If:
    case NodeType::With:
      enter_if(node);
      break;
    case NodeType::Range:
      enter_range(node);
      break;
    case NodeType::Template:
      enter_template(node);
      break;
    default:
      jump(node.type);
      break;
  }
}

void Executor::print_value(const Node& node) {
  const Value value = pipeline(frames_.back().dot, node.pipe);
  if (!node.pipe->names.empty()) return;
  mark(node);
  if (value.kind() == Kind::String) {  // the common case, without a copy that nobody wipes
    const std::string_view text = value.as_text();
    append(*out_, text);
    return;
  }
  if (value.kind() == Kind::Channel) {
    fail("can't print " + to_source(node) + " of type " + std::string(value.type_name()));
  }
  const std::string text = to_output(value);
  append(*out_, text);
}

void Executor::enter_if(const Node& node) {
  const std::size_t variables = variables_.size();
  const Value dot = frames_.back().dot;
  const Value value = pipeline(dot, node.pipe);
  if (is_true(value)) {
    push(node.parts, node.type == NodeType::With ? value : dot, variables);
  } else if (node.has_else) {
    push(node.else_list, dot, variables);
  } else {
    variables_.resize(variables);
  }
}

void Executor::enter_range(const Node& node) {
  const std::size_t variables = variables_.size();
  const Value dot = frames_.back().dot;
  Value subject = opened(pipeline(dot, node.pipe));
  auto loop = std::make_unique<Loop>();
  loop->node = &node;
  loop->variables = variables_.size();
  switch (subject.kind()) {
    case Kind::Int:
    case Kind::Uint:
      if (node.pipe->names.size() > 1) {
        fail("can't use " + to_text(subject) + " to iterate over more than one variable");
      }
      loop->count = subject.as_int();
      break;
    case Kind::Invalid:
    case Kind::List:
    case Kind::Map:
    case Kind::Channel:
      break;
    default:
      fail("range can't iterate over " + to_text(subject));
  }
  loop->subject = std::move(subject);
  push(node.parts, dot, variables);
  Frame& frame = frames_.back();
  frame.loop = std::move(loop);
  if (next_round(frame)) return;
  frames_.pop_back();
  if (node.has_else) {
    push(node.else_list, dot, variables);
  } else {
    variables_.resize(variables);
  }
}

bool Executor::next_round(Frame& frame) {
  Loop& loop = *frame.loop;
  const Value& subject = loop.subject;
  const auto index = static_cast<std::int64_t>(loop.next);
  switch (subject.kind()) {
    case Kind::Int:
    case Kind::Uint: {
      if (index >= loop.count) return false;
      ++loop.next;
      const Value number = Value::integer(index, *subject.type());
      start_round(frame, number, number);
      return true;
    }
    case Kind::List:
      if (loop.next >= subject.items().size()) return false;
      start_round(frame, Value::integer(index), element_of(subject, subject.items()[loop.next++]));
      return true;
    case Kind::Map: {
      if (loop.next >= subject.entries().size()) return false;
      const auto entry = subject.entries()[loop.next++];
      start_round(frame, key_of(subject, entry.first), element_of(subject, entry.second));
      return true;
    }
    case Kind::Channel: {
      if (subject.is_nil() || subject.as_channel().next >= subject.as_channel().end) return false;
      ++loop.next;
      start_round(frame, Value::integer(index), Value::integer(subject.as_channel().next++, kInt64));
      return true;
    }
    default:
      return false;
  }
}

void Executor::start_round(Frame& frame, const Value& index, const Value& element) {
  const Node& pipe = *frame.loop->node->pipe;
  variables_.resize(frame.loop->variables);
  const std::size_t count = pipe.names.size();
  if (count > 0 && pipe.assigns) {
    variable(pipe.names[0], kUnknownSlot).value = count > 1 ? index : element;
    if (count > 1) variable(pipe.names[1], kUnknownSlot).value = element;
  } else if (count > 0) {
    // The pipeline declared them; the last one is the element.
    variables_[variables_.size() - 1].value = element;
    if (count > 1) variables_[variables_.size() - 2].value = index;
  }
  frame.dot = element;
  frame.next = 0;
}

void Executor::jump(NodeType type) {
  // The parser saw to it that a range of the same template is open.
  while (frames_.back().loop == nullptr) frames_.pop_back();
  Frame& frame = frames_.back();
  frame.next = frame.list.size();
  if (type == NodeType::Break) frame.loop = nullptr;
}

void Executor::enter_template(const Node& node) {
  const auto found = trees_.trees.find(node.text);
  if (found == trees_.trees.end()) fail("template " + go_quote(node.text) + " not defined");
  if (template_depth_ == kTemplateDepthMax) {
    fail("exceeded maximum template depth (" + std::to_string(kTemplateDepthMax) + ")");
  }
  const Value dot = pipeline(frames_.back().dot, node.pipe);
  const std::size_t variables = variables_.size();
  variables_.push_back({.name = "$", .value = dot});
  push(found->second.root, dot, variables);
  frames_.back().caller = tree_;
  frames_.back().caller_base = base_;
  ++template_depth_;
  tree_ = &found->second;
  base_ = variables;
}

Executor::Variable& Executor::variable(std::string_view name, std::size_t slot) {
  if (slot < variables_.size() - base_ && variables_[base_ + slot].name == name) return variables_[base_ + slot];
  for (std::size_t index = variables_.size(); index-- > base_;) {
    if (variables_[index].name == name) return variables_[index];
  }
  fail("undefined variable: " + std::string(name));
}

}  // namespace leasehold::gotemplate
