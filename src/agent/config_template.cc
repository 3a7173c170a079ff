// Blocks template, env_template and exec. The peer reads them by another decoder than all the rest:
// strict about types and unknown keys, integers as nanoseconds, all errors at once (spec/agent.md 3.4,
// 4.6, 4.8).
#include "config_tables.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "notify_config.h"
#include "typed_output.h"

namespace leasehold::agent::config {
namespace {

using std::chrono::nanoseconds;

/// One decoded value on its way into a template. Throws ConfigError with its path.
struct Given {
  const hcl::Value& value;
  std::string path;

  [[noreturn]] void fail(const std::string& what) const { throw ConfigError{"'" + path + "' " + what}; }
  [[noreturn]] void wrong_type(std::string_view expected) const {
    fail("expected type '" + std::string(expected) + "', got unconvertible type '" + std::string(value.type_name()) + "'");
  }
  /// Go's reflect.Kind.
  [[nodiscard]] std::string_view kind() const {
    static constexpr std::array<std::string_view, 8> kKinds = {"nil",    "bool",  "int",   "float64",
                                                               "string", "slice", "slice", "map"};
    return kKinds[value.data.index()];
  }
  [[nodiscard]] std::string text() const {
    if (const auto* held = std::get_if<std::string>(&value.data)) return *held;
    wrong_type("string");
  }
  [[nodiscard]] bool flag() const {
    if (const auto* held = std::get_if<bool>(&value.data)) return *held;
    wrong_type("bool");
  }
  [[nodiscard]] std::int64_t integer(std::string_view type = "int") const {
    if (const auto* held = std::get_if<std::int64_t>(&value.data)) return *held;
    if (const auto* held = std::get_if<double>(&value.data); held != nullptr && *held > -9e18 && *held < 9e18) {
      return static_cast<std::int64_t>(*held);
    }
    wrong_type(type);
  }
  [[nodiscard]] nanoseconds duration() const;
  [[nodiscard]] std::uint32_t mode() const;
  /// A list of strings; one string is split at commas if so wished, else it is the only element.
  [[nodiscard]] std::vector<std::string> texts(bool split_commas) const;
};

/// The decoder's own errors quote no values, only the kind of what is wrong with a duration.
nanoseconds Given::duration() const {
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return nanoseconds(integer("time.Duration"));
  const Result<nanoseconds> parsed = parse_duration(*text);
  if (parsed) return *parsed;
  const std::string& what = parsed.error().message;
  fail(what.starts_with("time: unknown unit ") ? "time: unknown unit" : what.substr(0, what.rfind(' ')));
}

std::uint32_t Given::mode() const {
  constexpr std::uint64_t kModeMax = 0xFFF;
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) {
    const std::int64_t number = integer("fs.FileMode");
    if (number < 0) fail("cannot parse value as 'fs.FileMode': " + std::to_string(number) + " overflows uint");
    return static_cast<std::uint32_t>(number);
  }
  const Result<std::uint64_t> parsed = parse_uint(*text, 8);
  if (!parsed) fail(parsed.error().message);
  if (*parsed > kModeMax) fail("strconv.ParseUint: parsing " + go_quote(*text) + ": value out of range");
  return static_cast<std::uint32_t>(*parsed);
}

std::vector<std::string> Given::texts(bool split_commas) const {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    if (text->empty()) return {};
    return split_commas ? split(*text, ',') : std::vector<std::string>{*text};
  }
  std::vector<std::string> all;
  std::vector<std::string> complaints;
  const auto add = [&](const hcl::Value& element, std::size_t index) {
    try {
      all.push_back(Given{element, path + "[" + std::to_string(index) + "]"}.text());
    } catch (const ConfigError& error) {
      complaints.push_back(error.message);
    }
  };
  if (const auto* list = std::get_if<hcl::List>(&value.data)) {
    for (std::size_t i = 0; i < list->elements.size(); ++i) add(list->elements[i], i);
  } else if (const auto* blocks = std::get_if<hcl::Blocks>(&value.data)) {
    for (std::size_t i = 0; i < blocks->maps.size(); ++i) add(hcl::Value{blocks->maps[i]}, i);
  } else {
    fail("source data must be an array or slice, got " + std::string(kind()));
  }
  if (!complaints.empty()) throw ConfigError{join(complaints, "\n")};
  return all;
}

/// A template while it is read: what was given matters to env_template.
struct TemplateDraft {
  TemplateBlock block;
  std::set<std::string_view> given;
  bool of_env = false;  ///< an env_template
};

template <class T>
struct StrictRow {
  std::string_view name;
  std::string_view type;
  std::string_view fallback;
  std::string_view help;
  void (*store)(const Given& given, T& out);
  std::string_view since = {};
};

/// Errors of all keys, in the peer's order; empty when there is none.
using Complaints = std::vector<std::string>;

template <class T>
void read_strict(const std::string& name, const hcl::Map& map, std::span<const StrictRow<T>> rows, T& out,
                 Complaints& complaints) {
  std::set<std::string_view> unknown;
  for (const auto& [key, value] : map) unknown.insert(key);
  const std::string prefix = name.starts_with("config.") ? "" : name + ".";
  for (const StrictRow<T>& row : rows) {
    // The peer falls back to a match that ignores case.
    auto found = map.find(row.name);
    if (found == map.end()) {
      found = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return to_lower(entry.first) == row.name; });
    }
    if (found == map.end()) continue;
    unknown.erase(found->first);
    if (std::holds_alternative<std::monostate>(found->second.data)) continue;
    try {
      row.store(Given{found->second, prefix + std::string(row.name)}, out);
    } catch (const ConfigError& error) {
      complaints.push_back(error.message);
    }
  }
  if (unknown.empty()) return;
  std::string keys;
  for (const std::string_view key : unknown) keys.append(keys.empty() ? "" : ", ").append(key);
  complaints.push_back("'" + name + "' has invalid keys: " + keys);
}

void throw_complaints(const Complaints& complaints) {
  if (complaints.empty()) return;
  throw ConfigError{"decoding failed due to the following error(s):\n\n" + join(complaints, "\n")};
}

/// The last map of a block, as the peer takes it.
const hcl::Map& last_map(const Given& given) {
  if (const auto* map = std::get_if<hcl::Map>(&given.value.data)) return *map;
  const auto* blocks = std::get_if<hcl::Blocks>(&given.value.data);
  if (blocks == nullptr || blocks->maps.empty()) given.fail("expected a map or struct, got " + go_quote(given.kind()));
  return blocks->maps.back();
}

[[noreturn]] void unsupported_signal(const Given& given) { given.wrong_type("os.Signal"); }

const StrictRow<TemplateDraft> kTemplateExecRows[] = {
    {"command", "text or list", "", "as template.command",
     [](const Given& g, TemplateDraft& t) { t.block.command = g.texts(false); }},
    {"enabled", "bool", "true", "accepted, without effect", [](const Given& g, TemplateDraft&) { (void)g.flag(); }},
    // compat: the peer decodes this block as a list, which does not fit, so it is refused always
    {"env", "", "", "cannot be given, as with the peer",
     [](const Given& g, TemplateDraft&) { g.fail("expected a map or struct, got " + go_quote(g.kind())); }},
    {"kill_signal", "", "", "cannot be given, as with the peer", [](const Given& g, TemplateDraft&) { unsupported_signal(g); }},
    {"kill_timeout", "duration", "30s", "accepted, without effect: a command that is over its time is killed at once",
     [](const Given& g, TemplateDraft&) { (void)g.duration(); }},
    {"reload_signal", "", "", "cannot be given, as with the peer", [](const Given& g, TemplateDraft&) { unsupported_signal(g); }},
    {"splay", "duration", "0", "accepted, without effect: the peer waits so long before a signal that commands do not get",
     [](const Given& g, TemplateDraft&) { (void)g.duration(); }},
    {"timeout", "duration", "30s", "as template.command_timeout",
     [](const Given& g, TemplateDraft& t) { t.block.command_timeout = g.duration(); }},
};

const StrictRow<TemplateDraft> kTemplateWaitRows[] = {
    {"bool", "bool", "", "accepted, without effect", [](const Given& g, TemplateDraft&) { (void)g.flag(); }},
    {"min", "duration", "0", "quiet time before a change is written",
     [](const Given& g, TemplateDraft& t) { t.block.wait_min = g.duration(); }},
    {"max", "duration", "4 × min", "longest time that a change waits",
     [](const Given& g, TemplateDraft& t) { t.block.wait_max = g.duration(); }},
};

/// compat: the blocks exec and wait fail in an env_template before they can be refused
void refuse_in_env(const Given& given, const TemplateDraft& draft) {
  if (!draft.of_env || !std::holds_alternative<hcl::Blocks>(given.value.data)) return;
  given.fail("expected a map or struct, got " + go_quote(given.kind()));
}

/// `2s` or `2s:10s`
void read_wait_text(const Given& given, const std::string& text, TemplateBlock& out) {
  const auto part = [&](std::string_view piece) {
    const Result<nanoseconds> parsed = parse_duration(trim_space(piece));
    if (!parsed) given.fail(parsed.error().message);
    return *parsed;
  };
  if (trim_space(text).empty()) given.fail("wait: cannot be empty");
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 2) given.fail("wait: invalid format");
  const nanoseconds min = part(parts[0]);
  const nanoseconds max = parts.size() == 2 ? part(parts[1]) : 4 * min;
  if (min.count() < 0 || max.count() < 0) given.fail("wait: cannot be negative");
  if (max < min) given.fail("wait: min must be less than max");
  out.wait_min = min;
  out.wait_max = max;
}

void read_wait(const Given& given, TemplateDraft& out) {
  if (const auto* text = std::get_if<std::string>(&given.value.data)) return read_wait_text(given, *text, out.block);
  refuse_in_env(given, out);
  Complaints complaints;
  out.block.wait_max = nanoseconds(-1);
  read_strict<TemplateDraft>("wait", last_map(given), kTemplateWaitRows, out, complaints);
  if (!complaints.empty()) throw ConfigError{join(complaints, "\n")};
  if (out.block.wait_max.count() < 0) out.block.wait_max = 4 * out.block.wait_min;
}

void read_template_exec(const Given& given, TemplateDraft& out) {
  refuse_in_env(given, out);
  Complaints complaints;
  read_strict<TemplateDraft>("exec", last_map(given), kTemplateExecRows, out, complaints);
  if (!complaints.empty()) throw ConfigError{join(complaints, "\n")};
}

constexpr std::array kSignals = {"SIGABRT", "SIGALRM", "SIGBUS",  "SIGCONT", "SIGFPE",  "SIGHUP",  "SIGILL",
                                 "SIGINT",  "SIGIO",   "SIGIOT",  "SIGKILL", "SIGNULL", "SIGPIPE", "SIGPROF",
                                 "SIGQUIT", "SIGSEGV", "SIGSTOP", "SIGSYS",  "SIGTERM", "SIGTRAP", "SIGTSTP",
                                 "SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGXCPU", "SIGXFSZ"};

std::string signal_name(const Given& given) {
  const auto* text = std::get_if<std::string>(&given.value.data);
  if (text == nullptr) given.wrong_type("os.Signal");
  std::string name = *text;
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  std::string valid;
  for (const std::string_view signal : kSignals) {
    if (signal == name) return name;
    valid.append(valid.empty() ? "" : " ").append(go_quote(signal));
  }
  given.fail("invalid signal " + go_quote(*text) + " - valid signals are [" + valid + "]");
}

std::string port_text(const Given& given) {
  const auto* text = std::get_if<std::string>(&given.value.data);
  return text != nullptr ? *text : std::to_string(given.integer());
}

const StrictRow<TemplateDraft> kTemplateConnectionRows[] = {
    {"host", "text", "* or localhost", "server of the database",
     [](const Given& g, TemplateDraft& t) { t.block.output.host = g.text(); }, "leasehold"},
    {"port", "int or text", "", "its port", [](const Given& g, TemplateDraft& t) { t.block.output.port = port_text(g); }, "leasehold"},
    {"database", "text", "", "name of the database",
     [](const Given& g, TemplateDraft& t) { t.block.output.database = g.text(); }, "leasehold"},
    {"sslmode", "text", "", "as libpq's", [](const Given& g, TemplateDraft& t) { t.block.output.sslmode = g.text(); }, "leasehold"},
    {"service", "text", "app", "section of the service file",
     [](const Given& g, TemplateDraft& t) { t.block.output.service = g.text(); }, "leasehold"},
};

const StrictRow<TemplateDraft> kTemplateNotifyRows[] = {
    {"signal", "text", "", "SIGHUP and others; with process",
     [](const Given& g, TemplateDraft& t) { t.block.notify.signal = signal_name(g); }, "leasehold"},
    {"process", "text", "", "name of the program that gets the signal; the pod needs shareProcessNamespace",
     [](const Given& g, TemplateDraft& t) { t.block.notify.process = g.text(); }, "leasehold"},
    {"restart", "text", "", "name of the program that is asked to end, so that the kubelet starts it anew",
     [](const Given& g, TemplateDraft& t) { t.block.notify.restart = g.text(); }, "leasehold"},
    {"http", "text", "", "URL to call, http://127.0.0.1:PORT/PATH or https://",
     [](const Given& g, TemplateDraft& t) { t.block.notify.http = g.text(); }, "leasehold"},
    {"ca_cert", "text", "the system's", "PEM file with the CA of an https URL",
     [](const Given& g, TemplateDraft& t) { t.block.notify.ca_cert = g.text(); }, "leasehold"},
    {"tls_server_name", "text", "the URL's host", "name in the certificate of an https URL",
     [](const Given& g, TemplateDraft& t) { t.block.notify.tls_server_name = g.text(); }, "leasehold"},
    {"tls_skip_verify", "bool", "false", "take any certificate, which is as good as http",
     [](const Given& g, TemplateDraft& t) { t.block.notify.tls_skip_verify = g.flag(); }, "leasehold"},
    {"method", "text", "POST", "of the call", [](const Given& g, TemplateDraft& t) { t.block.notify.method = g.text(); }, "leasehold"},
    {"timeout", "duration", "5s", "of the call",
     [](const Given& g, TemplateDraft& t) { t.block.notify.timeout = g.duration(); }, "leasehold"},
};

void read_template_connection(const Given& given, TemplateDraft& out) {
  Complaints complaints;
  read_strict<TemplateDraft>("connection", last_map(given), kTemplateConnectionRows, out, complaints);
  if (!complaints.empty()) throw ConfigError{join(complaints, "\n")};
}

void read_template_notify(const Given& given, TemplateDraft& out) {
  Complaints complaints;
  read_strict<TemplateDraft>("notify", last_map(given), kTemplateNotifyRows, out, complaints);
  if (!complaints.empty()) throw ConfigError{join(complaints, "\n")};
  if (auto right = check_notify(out.block.notify); !right) given.fail(right.error().message);
}

std::string output_format(const Given& given) {
  const std::string name = given.text();
  if (is_output_format(name)) return name;
  std::string known;
  for (const OutputFormat& format : output_formats()) known.append(known.empty() ? "" : ", ").append(format.name);
  given.fail("unknown format " + go_quote(name) + "; there are " + known);
}

const StrictRow<TemplateDraft> kTemplateRows[] = {
    {"backup", "bool", "false", "keep the previous file as DEST.bak",
     [](const Given& g, TemplateDraft& t) { t.block.backup = g.flag(); }},
    {"command", "text or list", "", "runs after the file changed; one text with blanks through sh -c",
     [](const Given& g, TemplateDraft& t) { t.block.command = g.texts(false); }},
    {"command_timeout", "duration", "30s", "then the command is killed; an integer counts nanoseconds",
     [](const Given& g, TemplateDraft& t) { t.block.command_timeout = g.duration(); }},
    {"contents", "text", "", "the template itself; or source",
     [](const Given& g, TemplateDraft& t) { t.block.contents = g.text(); }},
    {"create_dest_dirs", "bool", "true", "make the folders of destination",
     [](const Given& g, TemplateDraft& t) { t.block.create_dest_dirs = g.flag(); }},
    {"destination", "text", "", "the file to write",
     [](const Given& g, TemplateDraft& t) { t.block.destination = g.text(); }},
    {"error_on_missing_key", "bool", "false", "a missing map key is an error instead of <no value>",
     [](const Given& g, TemplateDraft& t) { t.block.error_on_missing_key = g.flag(); }},
    {"error_fatal", "bool", "true", "false: log the error and go on with the others",
     [](const Given& g, TemplateDraft& t) { t.block.error_fatal = g.flag(); }},
    {"exec", "block", "", "command, timeout and more", read_template_exec},
    {"perms", "int or octal text", "0644", "mode of the file; without it an existing file keeps its own",
     [](const Given& g, TemplateDraft& t) { t.block.perms = g.mode(); }},
    {"user", "text", "", "owner by name; wins over uid",
     [](const Given& g, TemplateDraft& t) { t.block.user = g.text(); }},
    {"uid", "int", "", "owner by number", [](const Given& g, TemplateDraft& t) { t.block.uid = g.integer(); }},
    {"group", "text", "", "group by name; wins over gid",
     [](const Given& g, TemplateDraft& t) { t.block.group = g.text(); }},
    {"gid", "int", "", "group by number", [](const Given& g, TemplateDraft& t) { t.block.gid = g.integer(); }},
    {"source", "text", "", "file with the template; or contents",
     [](const Given& g, TemplateDraft& t) { t.block.source = g.text(); }},
    {"wait", "text or block", "", "\"min\", \"min:max\" or { min, max }: quiet time before a change is written", read_wait},
    {"left_delimiter", "text", "{{", "opens an action",
     [](const Given& g, TemplateDraft& t) { t.block.left_delimiter = g.text(); }},
    {"right_delimiter", "text", "}}", "closes an action",
     [](const Given& g, TemplateDraft& t) { t.block.right_delimiter = g.text(); }},
    {"function_denylist", "list of text", "", "functions that the template may not call",
     [](const Given& g, TemplateDraft& t) {
       for (std::string& name : g.texts(true)) t.block.function_denylist.push_back(std::move(name));
     }},
    {"function_blacklist", "list of text", "", "old name of function_denylist",
     [](const Given& g, TemplateDraft& t) {
       for (std::string& name : g.texts(true)) t.block.function_denylist.push_back(std::move(name));
     }},
    {"sandbox_path", "text", "", "file functions may not leave this folder",
     [](const Given& g, TemplateDraft& t) { t.block.sandbox_path = g.text(); }},
    {"output", "text", "", "dotenv, json, yaml, properties, pgpass, pg_service or jdbc instead of a template; with secret",
     [](const Given& g, TemplateDraft& t) { t.block.output.format = output_format(g); }, "leasehold"},
    {"secret", "text", "", "path of the secret that output writes",
     [](const Given& g, TemplateDraft& t) { t.block.output.secret = g.text(); }, "leasehold"},
    {"prefix", "text", "", "before the names in dotenv and properties",
     [](const Given& g, TemplateDraft& t) { t.block.output.prefix = g.text(); }, "leasehold"},
    {"connection", "block", "", "what pgpass, pg_service and jdbc say beside user and password", read_template_connection, "leasehold"},
    {"notify", "block", "", "whom to tell of a change, without a shell", read_template_notify, "leasehold"},
};

const StrictRow<ExecConfig> kExecRows[] = {
    {"command", "list of text", "", "the program and its arguments; one text with blanks through sh -c",
     [](const Given& g, ExecConfig& e) { e.command = g.texts(false); }},
    {"restart_on_secret_changes", "text", "always", "always or never",
     [](const Given& g, ExecConfig& e) { e.restart_on_secret_changes = g.text(); }},
    {"restart_stop_signal", "text", "SIGTERM", "asks the program to end",
     [](const Given& g, ExecConfig& e) { e.restart_stop_signal = signal_name(g); }},
    {"child_process_stdout", "text", "", "file for its output",
     [](const Given& g, ExecConfig& e) { e.child_process_stdout = g.text(); }, "1.16"},
    {"child_process_stderr", "text", "", "file for its errors",
     [](const Given& g, ExecConfig& e) { e.child_process_stderr = g.text(); }, "1.16"},
};

template <class T>
std::vector<KeyInfo> strict_keys(std::span<const StrictRow<T>> rows) {
  std::vector<KeyInfo> keys;
  for (const StrictRow<T>& row : rows) keys.push_back({row.name, row.type, row.fallback, row.help, row.since});
  return keys;
}

/// A block as a generic map, as the peer has it before the strict decoder.
hcl::Map map_of(const FileContext& file, const hcl::Node& node) {
  if (node.kind != hcl::NodeKind::Object) throw ConfigError{"error converting config"};
  try {
    return Cell(file, "root", {&node, {}}).map();
  } catch (const ConfigError& error) {
    throw ConfigError{"error decoding config: " + error.message};
  }
}

/// An integer was read as nanoseconds, which nobody means.
void warn_nanoseconds(const FileContext& file, const hcl::Node& node) {
  static constexpr std::array<std::string_view, 6> kDurations = {"command_timeout", "timeout", "kill_timeout",
                                                                 "splay",           "min",     "max"};
  for (const hcl::Item& item : node.items) {
    const std::string& name = item.keys.front().name;
    const bool integer = item.value.kind == hcl::NodeKind::Literal && item.value.literal == hcl::LiteralKind::Number;
    const bool duration = std::find(kDurations.begin(), kDurations.end(), name) != kDurations.end();
    if (integer && duration && item.value.text.size() < 7) {
      file.warn(ConfigWarning::Kind::Nanoseconds, item.value.at,
                name + " = " + item.value.text + " means nanoseconds here; write \"" + item.value.text +
                    "s\" for seconds");
    }
    if (item.value.kind == hcl::NodeKind::Object) warn_nanoseconds(file, item.value);
  }
}

/// An output is a template that we know.
void settle_output(TemplateDraft& draft) {
  OutputConfig& output = draft.block.output;
  if (output.format.empty() && output.secret.empty()) return;
  if (output.format.empty() || output.secret.empty()) throw ConfigError{"'output' and 'secret' need each other"};
  if (draft.given.contains("contents") || draft.given.contains("source")) {
    throw ConfigError{"'output' takes the place of 'contents' and 'source'"};
  }
  draft.block.contents = output_template(output.secret);
  draft.given.insert("contents");
  // libpq does not read a password file that others may read.
  if (output.format == "pgpass" && !draft.block.perms) draft.block.perms = 0600;
}

TemplateDraft read_one_template(const FileContext& file, const hcl::Node& node, bool of_env = false) {
  const hcl::Map map = map_of(file, node);
  TemplateDraft draft;
  draft.of_env = of_env;
  Complaints complaints;
  read_strict<TemplateDraft>("config.TemplateConfig", map, kTemplateRows, draft, complaints);
  throw_complaints(complaints);
  for (const StrictRow<TemplateDraft>& row : kTemplateRows) {
    if (map.contains(row.name)) draft.given.insert(row.name);
  }
  warn_nanoseconds(file, node);
  settle_output(draft);
  return draft;
}

}  // namespace

std::vector<KeyInfo> template_keys() { return strict_keys(std::span<const StrictRow<TemplateDraft>>(kTemplateRows)); }
std::vector<KeyInfo> template_exec_keys() {
  return strict_keys(std::span<const StrictRow<TemplateDraft>>(kTemplateExecRows));
}
std::vector<KeyInfo> template_wait_keys() {
  return strict_keys(std::span<const StrictRow<TemplateDraft>>(kTemplateWaitRows));
}
std::vector<KeyInfo> template_connection_keys() {
  return strict_keys(std::span<const StrictRow<TemplateDraft>>(kTemplateConnectionRows));
}
std::vector<KeyInfo> template_notify_keys() {
  return strict_keys(std::span<const StrictRow<TemplateDraft>>(kTemplateNotifyRows));
}
std::vector<KeyInfo> exec_keys() { return strict_keys(std::span<const StrictRow<ExecConfig>>(kExecRows)); }

void read_templates(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  for (const hcl::ItemView& item : hcl::select(top, "template")) {
    TemplateDraft draft = read_one_template(file, item.value());
    draft.block.has_contents = draft.given.contains("contents");
    draft.block.has_source = draft.given.contains("source");
    out.templates.push_back(std::move(draft.block));
  }
}

void check_exec_types(const FileContext& file, const Cell& block) {
  const hcl::Selection items = block_items(file, block.path(), block.source());
  const auto check = [&](std::string_view key, auto read) {
    for (const hcl::ItemView& item : hcl::unlabelled(hcl::select(items, key))) {
      read(Cell(file, block.path() + "." + std::string(key), source_of(item)));
    }
  };
  check("command", [](const Cell& cell) { (void)cell.texts(); });
  check("restart_on_secret_changes", [](const Cell& cell) { (void)cell.text(); });
}

void read_exec(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "exec");
  const hcl::ItemView* block = only_block(found, "at most one \"exec\" block is allowed");
  if (block == nullptr) return;
  ExecConfig exec;
  Complaints complaints;
  read_strict<ExecConfig>("config.ExecConfig", map_of(file, block->value()), kExecRows, exec, complaints);
  throw_complaints(complaints);
  if (exec.restart_on_secret_changes.empty()) exec.restart_on_secret_changes = "always";
  out.exec = std::move(exec);
}

void read_env_templates(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  // The last four are ours: a variable has no file that could be typed, and a change restarts its process anyway.
  static constexpr std::array<std::string_view, 17> kNotAllowed = {
      "backup", "command", "command_timeout", "create_dest_dirs", "destination",  "exec",   "perms",  "user",
      "uid",    "group",   "gid",             "wait",             "sandbox_path", "notify", "output", "secret", "connection"};
  for (const hcl::ItemView& item : hcl::select(top, "env_template")) {
    TemplateDraft draft = read_one_template(file, item.value(), /*of_env=*/true);
    if (item.key_count() != 1) {
      throw ConfigError{"expected one and only one environment variable name, got " + std::to_string(item.key_count())};
    }
    EnvTemplate one;
    one.name = item.key(0).name;
    one.has_contents = draft.given.contains("contents");
    one.has_source = draft.given.contains("source");
    for (const std::string_view key : kNotAllowed) {
      if (draft.given.contains(key)) one.not_allowed.emplace_back(key);
    }
    one.block = std::move(draft.block);
    out.env_templates.push_back(std::move(one));
  }
}

}  // namespace leasehold::agent::config
