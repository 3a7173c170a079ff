#include "node.h"

#include "leasehold/base/text.h"

namespace leasehold::gotemplate {

namespace {

std::string pipe_source(const Node& pipe) {
  std::string out;
  for (std::size_t index = 0; index < pipe.names.size(); ++index) {
    out += index > 0 ? ", " : "";
    out += pipe.names[index];
  }
  if (!pipe.names.empty()) out += pipe.assigns ? " = " : " := ";
  for (std::size_t index = 0; index < pipe.parts.size(); ++index) {
    out += (index > 0 ? " | " : "") + to_source(*pipe.parts[index]);
  }
  return out;
}

std::string command_source(const Node& command) {
  std::string out;
  for (const Node* operand : command.parts) {
    if (!out.empty()) out += " ";
    out += operand->type == NodeType::Pipe ? "(" + to_source(*operand) + ")" : to_source(*operand);
  }
  return out;
}

std::string chain_source(const Node& chain) {
  const Node& operand = *chain.parts.front();
  std::string out =
      operand.type == NodeType::Pipe ? "(" + to_source(operand) + ")" : to_source(operand);
  for (const std::string_view name : chain.names) (out += ".") += name;
  return out;
}

std::string list_source(NodeList list) {
  std::string out;
  for (const Node* node : list) out += to_source(*node);
  return out;
}

std::string block_source(const Node& node, std::string_view keyword) {
  std::string out = "{{" + std::string(keyword) + " " + to_source(*node.pipe) + "}}" + list_source(node.parts);
  if (node.has_else) out += "{{else}}" + list_source(node.else_list);
  return out + "{{end}}";
}

}  // namespace

std::string to_source(const Node& node) {
  switch (node.type) {
    case NodeType::Text:
    case NodeType::Number:
    case NodeType::String:
    case NodeType::Bool:
    case NodeType::Function:
      return std::string(node.text);
    case NodeType::Action:
      return "{{" + to_source(*node.pipe) + "}}";
    case NodeType::If:
      return block_source(node, "if");
    case NodeType::With:
      return block_source(node, "with");
    case NodeType::Range:
      return block_source(node, "range");
    case NodeType::Break:
      return "{{break}}";
    case NodeType::Continue:
      return "{{continue}}";
    case NodeType::Template:
      return "{{template " + go_quote(node.text) +
             (node.pipe == nullptr ? std::string() : " " + to_source(*node.pipe)) + "}}";
    case NodeType::Pipe:
      return pipe_source(node);
    case NodeType::Command:
      return command_source(node);
    case NodeType::Dot:
      return ".";
    case NodeType::Nil:
      return "nil";
    case NodeType::Field: {
      std::string out;
      for (const std::string_view name : node.names) (out += ".") += name;
      return out;
    }
    case NodeType::Variable: {
      std::string out;
      for (const std::string_view name : node.names) (out += out.empty() ? "" : ".") += name;
      return out;
    }
    case NodeType::Chain:
      return chain_source(node);
  }
  return {};
}

}  // namespace leasehold::gotemplate
