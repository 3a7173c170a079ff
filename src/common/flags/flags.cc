// Go's command line syntax over a table of rows.
#include "leasehold/flags/flags.h"

#include <cstdlib>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::flags {
namespace {

const Row* find(std::span<const Row> rows, std::string_view name) {
  for (const auto& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

bool is_help(std::string_view name) { return name == "h" || name == "help"; }

struct Word {
  std::string name;
  std::optional<std::string> value;  // after '='
};

// Nullopt: not a flag, parsing ends here.
Result<std::optional<Word>> parse_word(const std::string& argument) {
  if (argument.size() < 2 || argument[0] != '-') return std::optional<Word>();
  const std::size_t dashes = argument[1] == '-' ? 2 : 1;
  Word word{argument.substr(dashes), std::nullopt};
  if (word.name.empty()) return std::optional<Word>();  // "--"
  if (word.name[0] == '-' || word.name[0] == '=') return invalid("bad flag syntax: " + argument);
  if (const auto equals = word.name.find('='); equals != std::string::npos) {
    word.value = word.name.substr(equals + 1);
    word.name.resize(equals);
  }
  return std::optional<Word>(std::move(word));
}

}  // namespace

std::optional<std::string> Parsed::last(std::string_view name) const {
  const auto found = given.find(name);
  if (found == given.end()) return std::nullopt;
  return found->second.back();
}

Result<Parsed> parse(std::span<const Row> rows, std::span<const std::string> arguments) {
  Parsed parsed;
  std::size_t i = 0;
  for (; i < arguments.size(); ++i) {
    auto word = parse_word(arguments[i]);
    if (!word) return word.error();
    if (!*word) break;
    const auto& [name, value] = **word;
    const Row* row = find(rows, name);
    if (row == nullptr) {
      if (!is_help(name)) return invalid("flag provided but not defined: -" + name);
      parsed.help = true;
      return parsed;
    }
    if (row->kind == Kind::Boolean) {
      const std::string text = value.value_or("true");
      if (!parse_bool(text)) {
        return invalid("invalid boolean value " + go_quote(text) + " for -" + name + ": parse error");
      }
      parsed.given[name].push_back(text);
    } else if (value) {
      parsed.given[name].push_back(*value);
    } else if (i + 1 < arguments.size()) {
      parsed.given[name].push_back(arguments[++i]);
    } else {
      return invalid("flag needs an argument: -" + name);
    }
  }
  if (i < arguments.size() && arguments[i] == "--") ++i;
  parsed.positional.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
  return parsed;
}

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment after start
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

std::string usage(std::span<const Row> rows) {
  std::string out;
  for (const auto& row : rows) {
    if (row.hidden) continue;
    out += "  -" + std::string(row.name);
    if (row.kind != Kind::Boolean) out += "=<value>";
    out += "\n      " + std::string(row.help);
    if (row.kind == Kind::List) out += " May be given more than once.";
    if (!row.default_value.empty()) out += " Default: " + std::string(row.default_value) + ".";
    if (!row.environment.empty()) {
      out += " Environment: " + replace_all(std::string(row.environment), ",", ", ") + ".";
    }
    out += "\n";
  }
  return out;
}

}  // namespace leasehold::flags
