// Routes of a version 2 mount.
#include "kv2.h"

#include "kv1.h"
#include "leasehold/base/scalars.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kWrongPath =
    "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If "
    "using the OpenBao CLI, use 'bao kv ";

/// 404 with the version's metadata: deleted or destroyed.
Answer gone(const Kv2Secret& secret, std::int64_t number, std::string_view what) {
  Answer answer = with_data({{std::string(what), nullptr}, {"metadata", version_metadata(secret, number)}});
  answer.status = 404;
  return answer;
}

/// All keys below prefix, those of a folder before those of its folders; shown without prefix.
std::vector<std::string> scan_below(const std::vector<std::string>& names, const std::string& prefix,
                                    const std::string& shown) {
  std::vector<std::string> keys;
  std::vector<std::string> folders;
  for (const std::string& child : children_of(names, prefix)) {
    (child.ends_with('/') ? folders : keys).push_back(shown + child);
  }
  for (const std::string& folder : folders) {
    const auto inner = scan_below(names, prefix + folder.substr(shown.size()), folder);
    keys.insert(keys.end(), inner.begin(), inner.end());
  }
  return keys;
}

}  // namespace

class Kv2Engine::Routes final : public RoutedEngine {
 public:
  explicit Routes(State& state);
  [[nodiscard]] bool has(const Exchange& exchange) const;
  net::awaitable<Answer> tick_free_handle(Exchange& exchange) { return RoutedEngine::handle(exchange); }

 private:
  /// A version of the secret as an answer: view(data) under member_name; 404 in its three forms.
  template <class View>
  Answer read_version(Exchange& exchange, std::string_view member_name, const View& view);
  Answer read_data(Exchange& exchange);
  Answer write_data(Exchange& exchange);
  Answer patch_data(Exchange& exchange);
  Answer remove_data(Exchange& exchange);
  Answer read_subkeys(Exchange& exchange);
  Answer delete_versions(Exchange& exchange);
  Answer undelete_versions(Exchange& exchange);
  Answer destroy_versions(Exchange& exchange);
  Answer read_metadata(Exchange& exchange);
  Answer write_metadata(Exchange& exchange);
  Answer remove_metadata(Exchange& exchange);
  Answer list_metadata(Exchange& exchange);
  Answer list_root(Exchange& exchange);
  Answer list_detailed(Exchange& exchange);
  Answer read_config(Exchange& exchange);
  Answer write_config(Exchange& exchange);

  Kv2Secret* find(const Exchange& exchange);
  template <class Change>
  Answer change_versions(Exchange& exchange, std::string_view none, const Change& change);
  Answer paged(const Exchange& exchange, std::string_view prefix);
  State& state_;
  Kv2Settings settings_;
  std::map<std::string, Kv2Secret> secrets_;
};

Kv2Engine::Kv2Engine(State& state) : routes_(std::make_shared<Routes>(state)) {}

std::optional<bool> Kv2Engine::exists(Exchange& exchange) { return routes_->exists(exchange); }

bool Kv2Engine::Routes::has(const Exchange& exchange) const {
  static constexpr std::string_view kTops[] = {"data",    "metadata", "delete",  "undelete",
                                               "destroy", "subkeys",  "config",  "detailed-metadata"};
  const auto slash = exchange.path.find('/');
  const std::string_view top = std::string_view(exchange.path).substr(0, slash);
  const bool deep = slash != std::string::npos && slash + 1 < exchange.path.size();
  for (const std::string_view known : kTops) {
    if (top == known) {
      return deep || top == "config" || exchange.call.operation == Operation::List || exchange.call.operation == Operation::Scan;
    }
  }
  return false;
}

Answer Kv2Engine::wrong_path(const Exchange& exchange) const {
  const std::string& path = exchange.path;
  Answer answer;
  answer.status = 404;
  if (path == "data" || path == "metadata" || path == "data/" || path == "metadata/") {
    answer.warnings.emplace_back("Non-listing operations on the root of a K/V v2 mount are not supported.");
    return answer;
  }
  std::string_view command = "get";
  switch (exchange.call.operation) {
    case Operation::Write:
    case Operation::Patch:
      command = "put";
      break;
    case Operation::Delete:
      command = "delete";
      break;
    case Operation::List:
    case Operation::Scan:
      command = "list";
      break;
    default:
      break;
  }
  answer.warnings.push_back(std::string(kWrongPath) + std::string(command) + "' for this operation.");
  return answer;
}

net::awaitable<Answer> Kv2Engine::handle(Exchange& exchange) {
  if (!routes_->has(exchange)) {
    co_return wrong_path(exchange);
  }
  co_return co_await routes_->tick_free_handle(exchange);
}

Kv2Engine::Routes::Routes(State& state) : state_(state) {
  using R = Routes;
  const Field version{"version", FieldType::Integer};
  const FieldTable versions = {{"versions", FieldType::TextList}};
  const FieldTable settings = {{"max_versions", FieldType::Integer},
                               {"cas_required", FieldType::Boolean},
                               {"metadata_cas_required", FieldType::Boolean},
                               {"delete_version_after", FieldType::Duration},
                               {"custom_metadata", FieldType::TextMap}};
  std::vector<Route> routes;
  routes.push_back({.pattern = "config",
                    .fields = settings,
                    .read = Handler(this, &R::read_config),
                    .write = Handler(this, &R::write_config)});
  Route data{.pattern = "data/{path*}",
             .fields = {version, {"data", FieldType::Map}, {"options", FieldType::Map}},
             .read = Handler(this, &R::read_data),
             .write = Handler(this, &R::write_data),
             .remove = Handler(this, &R::remove_data)};
  data.patch = Handler(this, &R::patch_data);
  data.exists = [this](Exchange& exchange) { return find(exchange) != nullptr; };
  routes.push_back(std::move(data));
  routes.push_back({.pattern = "subkeys/{path*}",
                    .fields = {version, {"depth", FieldType::Integer}},
                    .read = Handler(this, &R::read_subkeys)});
  routes.push_back({.pattern = "delete/{path*}", .fields = versions, .write = Handler(this, &R::delete_versions)});
  routes.push_back({.pattern = "undelete/{path*}", .fields = versions, .write = Handler(this, &R::undelete_versions)});
  routes.push_back({.pattern = "destroy/{path*}", .fields = versions, .write = Handler(this, &R::destroy_versions)});
  FieldTable listing = settings;
  listing.push_back({"after", FieldType::Text});
  listing.push_back({"limit", FieldType::Integer});
  Route metadata{.pattern = "metadata/{path*}",
                 .fields = listing,
                 .read = Handler(this, &R::read_metadata),
                 .write = Handler(this, &R::write_metadata),
                 .remove = Handler(this, &R::remove_metadata),
                 .list = Handler(this, &R::list_metadata)};
  metadata.patch = Handler(this, &R::write_metadata);
  metadata.exists = [this](Exchange& exchange) { return find(exchange) != nullptr; };
  routes.push_back(std::move(metadata));
  routes.push_back({.pattern = "metadata", .fields = listing, .list = Handler(this, &R::list_root)});
  routes.push_back({.pattern = "detailed-metadata", .fields = listing, .list = Handler(this, &R::list_detailed)});
  set_routes(std::move(routes));
}

Kv2Secret* Kv2Engine::Routes::find(const Exchange& exchange) {
  const auto found = secrets_.find(text(exchange.fields, "path"));
  return found == secrets_.end() ? nullptr : &found->second;
}

template <class View>
Answer Kv2Engine::Routes::read_version(Exchange& exchange, std::string_view member_name, const View& view) {
  Kv2Secret* secret = find(exchange);
  const std::int64_t asked = integer(exchange.fields, "version");
  Kv2Version* version = secret == nullptr ? nullptr : secret->version(asked);
  if (version == nullptr) {
    return nothing_there();
  }
  const std::int64_t number = secret->resolve(asked);
  if (is_gone(*version, state_.now())) {
    return gone(*secret, number, member_name);
  }
  return with_data({{std::string(member_name), view(version->data)}, {"metadata", version_metadata(*secret, number)}});
}

Answer Kv2Engine::Routes::read_data(Exchange& exchange) {
  return read_version(exchange, "data", [](const Json& data) { return data; });
}

Answer Kv2Engine::Routes::write_data(Exchange& exchange) {
  if (!exchange.call.data.contains("data")) {
    return refused("no data provided");
  }
  const std::string path = text(exchange.fields, "path");
  Kv2Secret* existing = find(exchange);
  const bool required = settings_.cas_required || (existing != nullptr && existing->settings.cas_required);
  if (auto checked = check_and_set(member(exchange.fields, "options"), existing, required); !checked) {
    return refused(checked.error().message);
  }
  Kv2Secret& secret = secrets_[path];
  add_version(secret, through_doubles(exchange.call.data["data"]), settings_, state_.now());
  return with_data(version_metadata(secret, secret.current));
}

Answer Kv2Engine::Routes::patch_data(Exchange& exchange) {
  Kv2Secret* secret = find(exchange);
  Kv2Version* version = secret == nullptr ? nullptr : secret->version(0);
  if (version == nullptr) {
    Answer answer;
    answer.status = 404;
    answer.empty_body = true;
    return answer;
  }
  if (is_gone(*version, state_.now())) {
    Answer answer = with_data(version_metadata(*secret, secret->current));
    answer.status = 404;
    return answer;
  }
  if (!exchange.call.data.contains("data")) {
    return refused("no data provided");
  }
  const bool required = settings_.cas_required || secret->settings.cas_required;
  if (auto checked = check_and_set(member(exchange.fields, "options"), secret, required); !checked) {
    return refused(checked.error().message);
  }
  Json patched = version->data;
  merge_patch(patched, through_doubles(exchange.call.data["data"]));
  add_version(*secret, std::move(patched), settings_, state_.now());
  return with_data(version_metadata(*secret, secret->current));
}

Answer Kv2Engine::Routes::remove_data(Exchange& exchange) {
  Kv2Secret* secret = find(exchange);
  Kv2Version* version = secret == nullptr ? nullptr : secret->version(0);
  if (version != nullptr && !is_gone(*version, state_.now())) {
    version->deleted = state_.now();
  }
  return no_content();
}

Answer Kv2Engine::Routes::read_subkeys(Exchange& exchange) {
  const std::int64_t depth = integer(exchange.fields, "depth");
  return read_version(exchange, "subkeys", [depth](const Json& data) { return subkeys(data, depth); });
}

template <class Change>
Answer Kv2Engine::Routes::change_versions(Exchange& exchange, std::string_view none, const Change& change) {
  const auto numbers = texts(exchange.fields, "versions");
  if (numbers.empty()) {
    return refused(std::string(none));
  }
  Kv2Secret* secret = find(exchange);
  for (const std::string& word : numbers) {
    auto number = parse_int(word);
    if (!number) {
      return refused("error converting input for field \"versions\": " + number.error().message);
    }
    if (Kv2Version* version = secret == nullptr || *number <= 0 ? nullptr : secret->version(*number)) {
      change(*version);
    }
  }
  return no_content();
}

Answer Kv2Engine::Routes::delete_versions(Exchange& exchange) {
  return change_versions(exchange, "No version number provided", [now = state_.now()](Kv2Version& version) {
    if (!is_gone(version, now)) {
      version.deleted = now;
    }
  });
}

Answer Kv2Engine::Routes::undelete_versions(Exchange& exchange) {
  return change_versions(exchange, "No version number provided", [](Kv2Version& version) {
    if (!version.destroyed) {
      version.deleted.reset();
    }
  });
}

Answer Kv2Engine::Routes::destroy_versions(Exchange& exchange) {
  return change_versions(exchange, "no version number provided", [](Kv2Version& version) {
    version.destroyed = true;
    version.data = nullptr;
  });
}

Answer Kv2Engine::Routes::read_metadata(Exchange& exchange) {
  const Kv2Secret* secret = find(exchange);
  return secret == nullptr ? nothing_there() : with_data(secret_metadata(*secret));
}

Answer Kv2Engine::Routes::write_metadata(Exchange& exchange) {
  const Json& fields = exchange.fields;
  const bool patches = exchange.call.operation == Operation::Patch;
  Kv2Secret* existing = find(exchange);
  if (patches && existing == nullptr) {
    return nothing_there();
  }
  if (devvault::has(fields, "custom_metadata")) {
    if (auto checked = check_custom_metadata(fields["custom_metadata"]); !checked) {
      return refused(checked.error().message);
    }
  }
  const WallTime now = state_.now();
  Kv2Secret& secret = secrets_[text(fields, "path")];
  if (existing == nullptr) {
    secret.created = now;
  }
  secret.updated = now;
  secret.settings.max_versions = integer(fields, "max_versions", secret.settings.max_versions);
  secret.settings.cas_required = boolean(fields, "cas_required", secret.settings.cas_required);
  if (devvault::has(fields, "delete_version_after")) {
    secret.settings.delete_version_after = duration(fields, "delete_version_after");
  }
  if (devvault::has(fields, "custom_metadata")) {
    if (patches) {
      merge_patch(secret.custom_metadata, fields["custom_metadata"]);
    } else {
      secret.custom_metadata = fields["custom_metadata"];
    }
  }
  return no_content();
}

Answer Kv2Engine::Routes::remove_metadata(Exchange& exchange) {
  secrets_.erase(text(exchange.fields, "path"));
  return no_content();
}

Answer Kv2Engine::Routes::paged(const Exchange& exchange, std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& [name, secret] : secrets_) {
    names.push_back(name);
  }
  std::vector<std::string> keys = exchange.call.operation == Operation::Scan ? scan_below(names, std::string(prefix), "")
                                                                            : children_of(names, prefix);
  if (const std::string after = text(exchange.fields, "after"); !after.empty()) {
    std::erase_if(keys, [&](const std::string& key) { return key <= after; });
  }
  if (const std::int64_t limit = integer(exchange.fields, "limit"); limit > 0 && static_cast<std::int64_t>(keys.size()) > limit) {
    keys.resize(static_cast<std::size_t>(limit));
  }
  return key_list(keys);
}

Answer Kv2Engine::Routes::list_metadata(Exchange& exchange) { return paged(exchange, text(exchange.fields, "path")); }
Answer Kv2Engine::Routes::list_root(Exchange& exchange) { return paged(exchange, ""); }

Answer Kv2Engine::Routes::list_detailed(Exchange& exchange) {
  Answer answer = paged(exchange, "");
  if (!answer.data) {
    return answer;
  }
  Json info = Json::object();
  for (const Json& key : (*answer.data)["keys"]) {
    const auto found = secrets_.find(key.get<std::string>());
    info[key.get<std::string>()] = found == secrets_.end() ? Json::object() : secret_metadata(found->second);
  }
  (*answer.data)["key_info"] = std::move(info);
  return answer;
}

Answer Kv2Engine::Routes::read_config(Exchange& /*exchange*/) {
  return with_data({{"cas_required", settings_.cas_required},
                    {"delete_version_after", format_duration(settings_.delete_version_after)},
                    {"max_versions", settings_.max_versions},
                    {"metadata_cas_required", false}});
}

Answer Kv2Engine::Routes::write_config(Exchange& exchange) {
  const Json& fields = exchange.fields;
  settings_.max_versions = integer(fields, "max_versions", settings_.max_versions);
  settings_.cas_required = boolean(fields, "cas_required", settings_.cas_required);
  if (devvault::has(fields, "delete_version_after")) {
    settings_.delete_version_after = duration(fields, "delete_version_after");
  }
  return no_content();
}

}  // namespace leasehold::devvault
