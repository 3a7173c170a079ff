// The functions that ask Consul or Nomad. An agent has no client for either: a call notes a
// dependency that never arrives and answers as if nothing were there (spec 11.6).
#include <algorithm>
#include <string>

#include "context.h"
#include "leasehold/base/text.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kBool;
using gotemplate::kString;
using gotemplate::Type;

constinit const Type kPair{.kind = Kind::Struct, .name = "dependency.KeyPair"};
constinit const Type kPairPointer{.kind = Kind::Pointer, .name = "*dependency.KeyPair", .element = &kPair};
constinit const Type kPairs{.kind = Kind::List, .name = "[]*dependency.KeyPair", .element = &kPairPointer};
constinit const Type kHealth{.kind = Kind::Struct, .name = "dependency.HealthService"};
constinit const Type kHealthPointer{.kind = Kind::Pointer, .name = "*dependency.HealthService", .element = &kHealth};
constinit const Type kHealthList{
    .kind = Kind::List, .name = "[]*dependency.HealthService", .element = &kHealthPointer};

/// Notes a dependency that nobody will answer.
void want(Call& call, std::string name) {
  Dependency dependency;
  dependency.kind = Dependency::Kind::Other;
  dependency.name = std::move(name);
  static_cast<void>(context_of(call).look_up(std::move(dependency)));
}

std::string with_argument(std::string_view name, std::string_view argument) {
  return std::string(name) + (argument.empty() ? "" : "(" + std::string(argument) + ")");
}

std::string_view first_text(Call& call) { return call.count() == 0 ? std::string_view() : call.text(0); }

Value nothing(const Type& type = kPairs) { return Value::list({}, type); }

/// Consul paths take a few query parameters.
Result<void> check_query(std::string_view path, std::string_view function) {
  const std::size_t mark = path.find('?');
  if (mark == std::string_view::npos) return {};
  static constexpr std::string_view kKnown[] = {"ns", "peer", "partition", "sameness-group"};
  const std::string_view query = path.substr(mark + 1);
  for (const std::string& part : split(query, '&')) {
    const std::string_view key = std::string_view(part).substr(0, part.find('='));
    if (std::ranges::find(kKnown, key) != std::end(kKnown)) continue;
    return invalid(std::string(function) + ": invalid query parameter key " + go_quote(key) + " in query " +
                   go_quote(query) + ": supported keys: ns,peer,partition,sameness-group");
  }
  return {};
}

Result<Value> ask_key(Call& call, std::string_view dependency, Value answer) {
  if (call.text(0).empty()) return answer;
  if (auto done = check_query(call.text(0), "kv.get"); !done) return done.error();
  want(call, with_argument(dependency, call.text(0)));
  return answer;
}

Result<Value> key(Call& call) { return ask_key(call, "kv.block", Value::string("")); }
Result<Value> key_exists(Call& call) { return ask_key(call, "kv.get", Value::boolean(false)); }
Result<Value> key_or_default(Call& call) { return ask_key(call, "kv.get", call[1]); }

Result<Value> key_list(Call& call) {
  if (call.text(0).empty()) return nothing();
  if (auto done = check_query(call.text(0), "kv.list"); !done) return done.error();
  want(call, with_argument("kv.list", call.text(0)));
  return nothing();
}

bool consists_of(std::string_view text, std::string_view others) {
  return !text.empty() && std::ranges::all_of(text, [others](char c) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return word || others.find(c) != std::string_view::npos;
  });
}

/// Takes off what follows the sign, if it is there. False: characters that may not stand there.
bool take_tail(std::string_view& text, char sign, std::string_view others) {
  const std::size_t place = text.find(sign);
  if (place == std::string_view::npos) return true;
  const std::string_view tail = text.substr(place + 1);
  text = text.substr(0, place);
  return consists_of(tail, others);
}

/// tag.name?query@datacenter~near|filter; all but the name may be missing.
bool is_service_query(std::string_view text) {
  if (!take_tail(text, '|', ",") || !take_tail(text, '~', ".-") || !take_tail(text, '@', ".-") ||
      !take_tail(text, '?', "-=&")) {
    return false;
  }
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return consists_of(text, "-");
  return consists_of(text.substr(0, dot), "=:.-") && consists_of(text.substr(dot + 1), "-");
}

/// name|filter,filter; passing when there is none.
Result<Value> ask_health(Call& call, std::string_view dependency) {
  if (call.count() == 0 || call.text(0).empty()) return nothing(kHealthList);
  std::string wanted(call.text(0));
  for (std::size_t index = 1; index < call.count(); ++index) {
    wanted += (index == 1 ? "|" : ",") + std::string(call.text(index));
  }
  if (!is_service_query(wanted)) return invalid(std::string(dependency) + ": invalid format: " + go_quote(wanted));
  const std::size_t bar = wanted.find('|');
  if (bar == std::string::npos) {
    wanted += "|passing";
  } else {
    static constexpr std::string_view kFilters[] = {"any", "passing", "warning", "critical", "maintenance"};
    for (const std::string& filter : split(std::string_view(wanted).substr(bar + 1), ',')) {
      if (std::ranges::find(kFilters, filter) != std::end(kFilters)) continue;
      return invalid(std::string(dependency) + ": invalid filter: " + go_quote(filter) + " in " + go_quote(wanted));
    }
  }
  want(call, with_argument(dependency, wanted));
  return nothing(kHealthList);
}

Result<Value> service(Call& call) { return ask_health(call, "health.service"); }
Result<Value> connect(Call& call) { return ask_health(call, "health.connect"); }

/// The functions that differ in nothing but their names.
struct Plain {
  std::string_view function;
  std::string_view dependency;
  bool always_parentheses = false;
};

constexpr Plain kPlain[] = {
    {"services", "catalog.services"},
    {"nodes", "catalog.nodes"},
    {"node", "catalog.node"},
    {"datacenters", "catalog.datacenters"},
    {"partitions", "list.partitions"},
    {"peerings", "list.peerings"},
    {"caRoots", "connect.caroots"},
    {"caLeaf", "connect.caleaf"},
    {"exportedServices", "list.exportedServices", true},
    {"importedServices", "list.importedServices"},
    {"nomadServices", "nomad.services"},
};

void want_plain(Call& call, std::string_view argument) {
  const auto* row = std::ranges::find(kPlain, call.function.name, &Plain::function);
  std::string name = with_argument(row->dependency, argument);
  if (row->always_parentheses && argument.empty()) name += "()";
  want(call, std::move(name));
}

Result<Value> plain_list(Call& call) {
  want_plain(call, first_text(call));
  return nothing();
}

Result<Value> plain_list_of_bool(Call& call) {
  want_plain(call, "");
  return nothing();
}

Result<Value> plain_nil(Call& call) {
  want_plain(call, first_text(call));
  return Value();
}

Result<Value> imported_services(Call& call) {
  if (call.text(0).empty()) return invalid("importedServices: partition name is required");
  return plain_list(call);
}

Result<Value> nomad_service(Call& call) {
  if (call.count() != 1 && call.count() != 3) {
    return invalid("expected arguments <service> or <count> <key> <service>");
  }
  if (call.count() == 3 && !call[0].is(gotemplate::kInt)) return invalid("expected integer for <count> argument");
  if (call.count() == 3 && !call[1].is(kString)) return invalid("expected string for <key> argument");
  if (!call[call.count() - 1].is(kString)) return invalid("expected string for <service> argument");
  want(call, with_argument("nomad.service", call.text(call.count() - 1)));
  return nothing();
}

std::string variable_name(Call& call, std::string_view dependency) {
  std::string path(call.text(0));
  if (path.find('@') == std::string::npos) path += "@default.global";
  return with_argument(dependency, path);
}

Result<Value> nomad_variable(Call& call) {
  want(call, variable_name(call, "nomad.var.block"));
  return Value::map();
}

Result<Value> nomad_variable_exists(Call& call) {
  want(call, variable_name(call, "nomad.var.get"));
  return Value::boolean(false);
}

Result<Value> nomad_variable_list(Call& call) {
  want(call, variable_name(call, "nomad.var.list"));
  return nothing();
}

/// Groupings of lists that are always empty here.
Result<Value> group(Call& call) {
  const Value& list = call[call.count() - 1];
  if (list.valid() && list.kind() != Kind::List) {
    const std::string name(call.function.name);
    return invalid(name + ": wrong argument type " + std::string(list.type_name()));
  }
  return Value::map();
}

// clang-format off
constexpr Function kServiceFunctions[] = {
    {"key",              types<kString>,              false, &key,                   "a Consul key"},
    {"keyExists",        types<kString>,              false, &key_exists,            "whether a Consul key exists"},
    {"keyOrDefault",     types<kString, kString>,     false, &key_or_default,        "a Consul key or a default"},
    {"ls",               types<kString>,              false, &key_list,              "Consul keys directly below a path"},
    {"safeLs",           types<kString>,              false, &key_list,              "Consul keys directly below a path"},
    {"tree",             types<kString>,              false, &key_list,              "Consul keys below a path"},
    {"safeTree",         types<kString>,              false, &key_list,              "Consul keys below a path"},
    {"service",          types<kString>,              true,  &service,               "instances of a Consul service"},
    {"connect",          types<kString>,              true,  &connect,               "instances with a mesh proxy"},
    {"services",         types<kString>,              true,  &plain_list,            "Consul services"},
    {"nodes",            types<kString>,              true,  &plain_list,            "Consul nodes"},
    {"node",             types<kString>,              true,  &plain_nil,             "a Consul node"},
    {"datacenters",      types<kBool>,                true,  &plain_list_of_bool,    "Consul datacenters"},
    {"partitions",       {},                          false, &plain_list,            "Consul partitions"},
    {"peerings",         types<kString>,              true,  &plain_list,            "Consul peerings"},
    {"caRoots",          {},                          false, &plain_list,            "roots of the mesh"},
    {"caLeaf",           types<kString>,              false, &plain_nil,             "a certificate of the mesh"},
    {"exportedServices", types<kString>,              true,  &plain_list,            "services that a partition exports"},
    {"importedServices", types<kString>,              false, &imported_services,     "services that a partition imports"},
    {"nomadServices",    types<kString>,              true,  &plain_list,            "Nomad services"},
    {"nomadService",     types<kAny>,                 true,  &nomad_service,         "instances of a Nomad service"},
    {"nomadVar",         types<kString>,              false, &nomad_variable,        "a Nomad variable"},
    {"nomadVarExists",   types<kString>,              false, &nomad_variable_exists, "whether a Nomad variable exists"},
    {"nomadVarList",     types<kString>,              false, &nomad_variable_list,   "Nomad variables below a path"},
    {"nomadVarListSafe", types<kString>,              false, &nomad_variable_list,   "Nomad variables below a path"},
    {"byKey",            types<kPairs>,               false, &group,                 "pairs grouped by their first key part"},
    {"byTag",            types<kAny>,                 false, &group,                 "services grouped by tag"},
    {"byPort",           types<kAny>,                 false, &group,                 "services grouped by port"},
    {"byMeta",           types<kString, kHealthList>, false, &group,                 "services grouped by metadata"},
    {"explode",          types<kPairs>,               false, &group,                 "nested maps of pairs"},
};
// clang-format on

}  // namespace

std::span<const Function> service_functions() { return kServiceFunctions; }

}  // namespace leasehold::gofuncs
