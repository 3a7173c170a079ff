#include "lint_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "config_tables.h"
#include "leasehold/base/command_hint.h"
#include "leasehold/base/text.h"
#include "leasehold/hcl/parser.h"

namespace leasehold::agent::lint {
namespace {

/// Characters that only a shell understands, and that no argument has by accident.
constexpr std::string_view kShellSyntax = "$|;&><*`";

bool is_literal(const hcl::Node& node) {
  return node.kind == hcl::NodeKind::Literal;
}

bool is_text(const hcl::Node& node) {
  return is_literal(node) &&
         (node.literal == hcl::LiteralKind::String || node.literal == hcl::LiteralKind::Heredoc);
}

bool is_boolean_word(std::string_view text) {
  return text == "true" || text == "false";
}

/// The last item of that key, null without one.
const hcl::Item* item_of(const hcl::Node& block, std::string_view key) {
  for (auto item = block.items.rbegin(); item != block.items.rend(); ++item) {
    if (to_lower(item->keys.front().name) == key) return &*item;
  }
  return nullptr;
}

/// The literal at a place, anywhere below node.
const hcl::Node* literal_at(const hcl::Node& node, const hcl::Position& at) {
  if (is_literal(node))
    return node.at.line == at.line && node.at.column == at.column ? &node : nullptr;
  for (const hcl::Item& item : node.items) {
    if (const hcl::Node* found = literal_at(item.value, at)) return found;
  }
  for (const hcl::Node& element : node.elements) {
    if (const hcl::Node* found = literal_at(element, at)) return found;
  }
  return nullptr;
}

/// `LINE:COLUMN` in front of `: `, after `At `, perhaps behind a file's name.
std::optional<hcl::Position> position_in(std::string_view message) {
  const std::size_t word = message.find("At ");
  const std::size_t end = word == std::string_view::npos ? word : message.find(": ", word);
  if (end == std::string_view::npos) return std::nullopt;
  const std::vector<std::string> parts = split(message.substr(word + 3, end - word - 3), ':');
  if (parts.size() < 2) return std::nullopt;
  const auto number = [](const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  const hcl::Position at{number(parts[parts.size() - 2]), number(parts.back())};
  return at.line == 0 || at.column == 0 ? std::nullopt : std::optional(at);
}

/// What stands between the first pair of single quotes after from.
std::string quoted_word(std::string_view message, std::size_t from = 0) {
  const std::size_t open = message.find('\'', from);
  const std::size_t close = open == std::string_view::npos ? open : message.find('\'', open + 1);
  return close == std::string_view::npos ? ""
                                         : std::string(message.substr(open + 1, close - open - 1));
}

class ConfigCheckRun {
 public:
  ConfigCheckRun(const PlacedText& text, const Settings& settings, Findings& out)
      : text_(text), settings_(settings), out_(out) {}

  void run(const ConfigCheck& how) {
    hcl::Position error_at;
    const auto document = hcl::parse(text_.text, {.error_at = &error_at});
    if (!document) {
      return add(RuleId::ConfigSyntax, error_at, 1, document.error().message);
    }
    root_ = &document->root;
    if (document->is_json) check_labels();
    const config::CheckedConfig checked = config::check_document(text_.file->name(), *document);
    for (const std::string& error : checked.errors) reader_error(error);
    for (const ConfigWarning& warning : checked.warnings) reader_warning(warning);
    if (!how.is_part && checked.errors.empty()) check_whole(checked.config);
    check_templates("template");
    check_templates("env_template");
    check_command(item_in_top("exec"));
  }

 private:
  [[nodiscard]] Position place(const hcl::Position& at) const {
    if (at.line == 0) return text_.place(0);
    return text_.place(text_.offset_of(at.line, at.column));
  }

  void add(RuleId id, const hcl::Position& at, std::size_t length, std::string what,
           std::string fix = "") {
    out_.add(id, place(at), length, std::move(what), std::move(fix));
  }

  [[nodiscard]] const hcl::Node* item_in_top(std::string_view key) const {
    const hcl::Item* item = item_of(*root_, key);
    return item == nullptr || item->value.kind != hcl::NodeKind::Object ? nullptr : &item->value;
  }

  /// Blocks that have no labels; what the reader says of those that got one misleads.
  void check_labels() {
    static constexpr std::array<std::string_view, 8> kPlain = {
        "auto_auth", "vault",    "cache", "api_proxy",
        "telemetry", "template", "exec",  "template_config"};
    for (const hcl::Item& item : root_->items) {
      const std::string& block = item.keys.front().name;
      if (item.keys.size() < 2 || std::find(kPlain.begin(), kPlain.end(), block) == kPlain.end())
        continue;
      const hcl::Key& label = item.keys[1];
      add(RuleId::JsonLabel, label.at, label.name.size() + 2,
          go_quote(label.name) + " is taken as a label of " + block,
          "write " + go_quote(block) + ": [{" + go_quote(label.name) + ": ...}]");
      mislabelled_.insert(block);
    }
  }

  /// True when the message speaks of a block whose member was taken as its label.
  [[nodiscard]] bool is_of_mislabelled(std::string_view message) const {
    return std::any_of(mislabelled_.begin(), mislabelled_.end(), [&](const std::string& block) {
      return message.find("'" + block + "'") != std::string_view::npos ||
             message.find(" in " + block) != std::string_view::npos;
    });
  }

  void reader_warning(const ConfigWarning& warning) {
    if (is_of_mislabelled(warning.what)) return;
    const hcl::Position at{warning.line, warning.column};
    if (warning.kind == ConfigWarning::Kind::Nanoseconds)
      return add(RuleId::Nanoseconds, at, 1, warning.what);
    if (warning.kind == ConfigWarning::Kind::RepeatedKey)
      return add(RuleId::RepeatedKey, at, quoted_length(warning.what), warning.what);
    const std::size_t hint = warning.what.find("; did you mean ");
    const std::string fix = hint == std::string::npos ? "" : warning.what.substr(hint + 2);
    add(RuleId::UnknownKey, at, quoted_length(warning.what), warning.what.substr(0, hint), fix);
  }

  static std::size_t quoted_length(std::string_view what) {
    const std::size_t open = what.find('"');
    const std::size_t close = open == std::string_view::npos ? open : what.find('"', open + 1);
    return close == std::string_view::npos ? 1 : close - open - 1;
  }

  void reader_error(const std::string& message) {
    if (is_of_mislabelled(message)) return;
    if (const auto at = position_in(message)) {
      const hcl::Node* literal = literal_at(*root_, *at);
      if (literal != nullptr && is_text(*literal) && is_boolean_word(literal->text)) {
        return add(RuleId::QuotedBoolean, *at, literal->text.size() + 2, message,
                   "write " + literal->text + " without quotes");
      }
      return add(RuleId::ConfigError, *at, 1, message);
    }
    // The strict decoder names keys, not places: `'error_fatal' expected type 'bool', got ...`.
    const std::string block = message.starts_with("error parsing '") ? quoted_word(message) : "";
    const std::size_t list = message.find("following error(s):");
    if (!block.empty() && list != std::string::npos) return decoder_errors(block, message, list);
    for (const hcl::Item& item : root_->items) {
      if (item.keys.front().name == block)
        return add(RuleId::ConfigError, item.keys.front().at, block.size(), message);
    }
    add(RuleId::ConfigError, {}, 1, message);
  }

  void decoder_errors(const std::string& block, const std::string& message, std::size_t list) {
    for (const std::string& line : split(std::string_view(message).substr(list), '\n')) {
      if (line.starts_with('\'')) decoder_error(block, line);
    }
  }

  void decoder_error(const std::string& block, const std::string& line) {
    std::string key = quoted_word(line);
    if (const std::size_t unknown = line.find("has invalid keys: "); unknown != std::string::npos) {
      for (const std::string& name : split(std::string_view(line).substr(unknown + 18), ',')) {
        unknown_in_template(block, std::string(trim_space(name)));
      }
      return;
    }
    key = key.substr(0, key.find_first_of(".["));
    const bool boolean = line.find("expected type 'bool'") != std::string::npos;
    for (const hcl::Item& item : root_->items) {
      if (item.keys.front().name != block) continue;
      const hcl::Item* found = item_of(item.value, key);
      if (found == nullptr) continue;
      if (boolean && is_text(found->value) && is_boolean_word(found->value.text)) {
        add(RuleId::QuotedBoolean, found->value.at, found->value.text.size() + 2, line,
            "write " + found->value.text + " without quotes");
      } else if (!boolean || !is_literal(found->value) ||
                 found->value.literal != hcl::LiteralKind::Bool) {
        add(RuleId::ConfigError, found->keys.front().at, key.size(), line);
      }
    }
  }

  void unknown_in_template(const std::string& block, const std::string& name) {
    const std::vector<config::KeyInfo> known =
        block == "exec" ? config::exec_keys() : config::template_keys();
    std::vector<std::string_view> names;
    for (const config::KeyInfo& key : known) names.push_back(key.name);
    const std::string_view near = nearest(to_lower(name), names);
    for (const hcl::Item& item : root_->items) {
      const hcl::Item* found =
          item.keys.front().name == block ? item_of(item.value, to_lower(name)) : nullptr;
      if (found == nullptr) continue;
      // Here the reader does not overlook it.
      add(RuleId::ConfigError, found->keys.front().at, name.size(),
          "block " + block + " has no key " + go_quote(name),
          near.empty() ? "" : "did you mean " + go_quote(near) + "?");
    }
  }

  void check_whole(const AgentConfig& config) {
    const auto refused = [&](const Result<void>& result, std::string_view key) {
      if (result) return;
      const hcl::Item* item = item_of(*root_, key);
      add(RuleId::ConfigError, item == nullptr ? hcl::Position{} : item->keys.front().at,
          key.size(), result.error().message);
    };
    refused(validate_config(config), "auto_auth");
    refused(check_log_settings(config), "log_level");
    if (!config.auto_auth) return;
    refused(check_method(config.auto_auth->method), "auto_auth");
    check_login(config.auto_auth->method);
  }

  /// The mount of the login against what is known to exist.
  void check_login(const MethodConfig& method) {
    if (method.type == "token_file") return;
    const auto report = [&](const std::string& what, const std::string& fix) {
      const hcl::Item* item = mount_or_method();
      if (item == nullptr) return;
      const bool named = is_text(item->value);
      add(RuleId::LoginMount, named ? item->value.at : item->keys.front().at,
          named ? item->value.text.size() + 2 : item->keys.front().name.size(), what, fix);
    };
    const std::string& mount = method.mount_path;
    if (!mount.starts_with("auth/")) {
      return report("the login goes to " + go_quote(mount + "/login") + ", which is no auth mount",
                    "write mount_path = " + go_quote("auth/" + mount));
    }
    const auto role = method.config.find("role");
    const std::string name = role == method.config.end() ? "" : role->second;
    if (!settings_.auth_mounts.empty() && !settings_.auth_mounts.contains(mount)) {
      return report("no auth method is mounted at " + go_quote(mount),
                    "write mount_path = " + go_quote(*settings_.auth_mounts.begin()));
    }
    const std::vector<std::string> known = settings_.samples.auth_mounts();
    const std::vector<std::string> right = settings_.samples.auth_mounts(name);
    if (known.empty() || name.empty() || std::find(right.begin(), right.end(), mount) != right.end()) return;
    report("the sample data has no role " + go_quote(name) + " at " + go_quote(mount),
           right.empty() ? "" : "write mount_path = " + go_quote(right.front()));
  }

  /// auto_auth.method.mount_path, or the method itself.
  [[nodiscard]] const hcl::Item* mount_or_method() const {
    const hcl::Node* auto_auth = item_in_top("auto_auth");
    const hcl::Item* method = auto_auth == nullptr ? nullptr : item_of(*auto_auth, "method");
    if (method == nullptr) return nullptr;
    const hcl::Item* mount = item_of(method->value, "mount_path");
    return mount == nullptr ? method : mount;
  }

  // --- templates

  void check_templates(std::string_view kind) {
    for (const hcl::Item& item : root_->items) {
      if (to_lower(item.keys.front().name) != kind || item.value.kind != hcl::NodeKind::Object)
        continue;
      const hcl::Node& block = item.value;
      check_destination(block);
      check_command(&block);
      if (const hcl::Item* exec = item_of(block, "exec");
          exec != nullptr && exec->value.kind == hcl::NodeKind::Object) {
        check_command(&exec->value);
      }
      check_contents(block);
    }
  }

  void check_destination(const hcl::Node& block) {
    const hcl::Item* item = item_of(block, "destination");
    if (item == nullptr || !is_text(item->value) || item->value.text.empty()) return;
    const std::string path = path_clean(item->value.text);
    const auto [first, is_new] = destinations_.emplace(path, item->value.at);
    if (is_new) return;
    add(RuleId::DestinationTwice, item->value.at, item->value.text.size() + 2,
        go_quote(path) + " is the destination of the template at line " +
            std::to_string(place(first->second).line) + ", too");
  }

  void check_contents(const hcl::Node& block) {
    const hcl::Item* contents = item_of(block, "contents");
    if (contents == nullptr || !is_text(contents->value)) return;
    const hcl::Node& value = contents->value;
    PlacedText inner;
    inner.file = text_.file;
    inner.text = value.text;
    inner.shape = value.literal == hcl::LiteralKind::Heredoc ? Shape::Lines : Shape::Inline;
    inner.start = place(value.at);
    TemplateSettings how;
    const auto text_of = [&](std::string_view key) {
      const hcl::Item* item = item_of(block, key);
      return item != nullptr && is_text(item->value) ? item->value.text : std::string();
    };
    how.left_delimiter = text_of("left_delimiter");
    how.right_delimiter = text_of("right_delimiter");
    const hcl::Item* strict = item_of(block, "error_on_missing_key");
    how.error_on_missing_key =
        strict != nullptr && is_literal(strict->value) && strict->value.text == "true";
    check_template(inner, how, settings_, out_);
  }

  // --- commands

  void check_command(const hcl::Node* block) {
    const hcl::Item* item = block == nullptr ? nullptr : item_of(*block, "command");
    if (item == nullptr) return;
    const hcl::Node& value = item->value;
    if (is_text(value)) return check_command_text(value);
    if (value.kind != hcl::NodeKind::List || value.elements.empty()) return;
    if (value.elements.size() == 1 && is_text(value.elements[0]))
      return check_command_text(value.elements[0]);
    // `sh -c TEXT` brings its own.
    const std::string program = is_text(value.elements[0]) ? value.elements[0].text : "";
    if (program.ends_with("sh")) {
      if (settings_.no_shell)
        needs(value.elements[0],
              "the command starts " + go_quote(program) + ", which the image lacks",
              without_shell(value.elements.back().text));
      return;
    }
    for (const hcl::Node& word : value.elements) {
      if (is_text(word) && word.text.find_first_of(kShellSyntax) != std::string::npos) {
        needs(word,
              go_quote(word.text) + " is handed over as it is: a list is started without a shell",
              "write the command as one text, or [\"sh\", \"-c\", \"...\"]");
      }
    }
  }

  void check_command_text(const hcl::Node& value) {
    const bool blank = value.text.find(' ') != std::string::npos;
    const bool syntax = value.text.find_first_of(kShellSyntax) != std::string::npos;
    if (!blank && syntax) {
      needs(value, go_quote(value.text) + " has no blank, so it is started without a shell",
            "write [\"sh\", \"-c\", \"...\"]");
    } else if (blank && settings_.no_shell) {
      needs(value, "a command with blanks is started by `sh -c`, and the image has no shell",
            without_shell(value.text));
    }
  }

  /// What takes the place of a command in an image without a shell.
  static std::string without_shell(std::string_view command) {
    const std::string notify = notify_instead(command);
    if (!notify.empty()) return "write " + notify;
    return command.find_first_of(kShellSyntax) == std::string_view::npos
               ? "write a list: [\"program\", \"argument\"]"
               : "take an image with a shell";
  }

  void needs(const hcl::Node& word, std::string what, std::string fix = "") {
    add(RuleId::CommandShell, word.at, word.text.size() + 2, std::move(what), std::move(fix));
  }

  const PlacedText& text_;
  const Settings& settings_;
  Findings& out_;
  const hcl::Node* root_ = nullptr;
  std::map<std::string, hcl::Position> destinations_;
  std::set<std::string, std::less<>> mislabelled_;
};

}  // namespace

void check_config(const PlacedText& text, const ConfigCheck& how, const Settings& settings,
                  Findings& out) {
  ConfigCheckRun(text, settings, out).run(how);
}

}  // namespace leasehold::agent::lint
