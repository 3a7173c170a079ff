// Sprig's paths and URLs (spec 12.6).
#include <string>

#include "context.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"
#include "sprig_convert.h"
#include "url.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAnyMap;
using gotemplate::kString;

Result<Value> base(Call& call) {
  std::string_view path = call.text(0);
  if (path.empty()) return Value::string(".");
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/") return Value::string("/");
  return Value::string(path.substr(path.rfind('/') + 1));
}

Result<Value> directory(Call& call) {
  const std::string_view path = call.text(0);
  return Value::string(path_clean(path.substr(0, path.rfind('/') + 1)));
}

Result<Value> clean(Call& call) { return Value::string(path_clean(call.text(0))); }

Result<Value> extension(Call& call) {
  const std::string_view name = call.text(0).substr(call.text(0).rfind('/') + 1);
  const std::size_t point = name.rfind('.');
  return Value::string(point == std::string_view::npos ? "" : name.substr(point));
}

Result<Value> is_absolute(Call& call) { return Value::boolean(call.text(0).starts_with('/')); }

/// Characters that stay as they are in the parts of a URL.
constexpr std::string_view kHostKept = "!$&'()*+,;=:[]<>\"";
constexpr std::string_view kPathKept = "$&+,/:;=@";
constexpr std::string_view kUserKept = "$&+,;=";
constexpr std::string_view kFragmentKept = "$&+,/:;=?@!'()*";

std::string userinfo(const Url& url) {
  if (!url.has_userinfo) return {};
  return percent_encode(url.user, kUserKept) +
         (url.has_password ? ":" + percent_encode(url.password, kUserKept) : "");
}

std::string hostname(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.rfind(':')));
}

Result<Value> url_parse(Call& call) {
  auto url = parse_url(call.text(0));
  if (!url) return url.error().in("unable to parse url");
  Value map = Value::map();
  map.set("scheme", Value::string(url->scheme));
  map.set("host", Value::string(url->host));
  map.set("hostname", Value::string(hostname(url->host)));
  map.set("path", Value::string(url->path));
  map.set("query", Value::string(url->query));
  map.set("opaque", Value::string(url->opaque));
  map.set("fragment", Value::string(url->fragment));
  map.set("userinfo", Value::string(userinfo(*url)));
  return map;
}

Result<std::string> member(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  if (value == nullptr) return std::string();
  if (!value->is(kString)) {
    return invalid("unable to parse " + std::string(key) + " key, must be of type string, but " +
                   kind_name(*value) + " found");
  }
  return std::string(value->as_text());
}

/// url.String().
std::string assemble(const Url& url) {
  std::string out = url.scheme.empty() ? "" : url.scheme + ":";
  if (!url.opaque.empty()) {
    out += url.opaque;
  } else {
    const bool authority = !url.host.empty() || url.has_userinfo;
    if (authority || (!url.scheme.empty() && !url.path.empty())) {
      out += "//" + (url.has_userinfo ? userinfo(url) + "@" : "") + percent_encode(url.host, kHostKept);
    }
    const std::string path = percent_encode(url.path, kPathKept);
    if (!url.host.empty() && !path.empty() && !path.starts_with('/')) out += "/";
    // A colon in the first segment would read as the end of a scheme.
    if (out.empty() && path.substr(0, path.find('/')).find(':') != std::string::npos) out += "./";
    out += path;
  }
  if (!url.query.empty()) out += "?" + url.query;
  if (!url.fragment.empty()) out += "#" + percent_encode(url.fragment, kFragmentKept);
  return out;
}

Result<Value> url_join(Call& call) {
  Url url;
  const std::pair<std::string_view, std::string Url::*> members[] = {
      {"scheme", &Url::scheme}, {"host", &Url::host},         {"path", &Url::path},
      {"query", &Url::query},   {"opaque", &Url::opaque},     {"fragment", &Url::fragment},
  };
  for (const auto& [key, part] : members) {
    auto value = member(call[0], key);
    if (!value) return value.error();
    url.*part = *std::move(value);
  }
  auto user = member(call[0], "userinfo");
  if (!user) return user.error();
  if (!user->empty()) {
    // As the original does: by parsing a URL that has nothing else.
    auto parsed = parse_url("proto://" + *user + "@host");
    if (!parsed) return parsed.error().in("unable to parse userinfo in dict");
    url.has_userinfo = parsed->has_userinfo;
    url.user = parsed->user;
    url.password = parsed->password;
    url.has_password = parsed->has_password;
  }
  return Value::string(assemble(url));
}

// clang-format off
constexpr Function kSprigPaths[] = {
    {"sprig_base",     types<kString>, false, &base,        "last element of a path"},
    {"sprig_osBase",   types<kString>, false, &base,        "last element of a path"},
    {"sprig_dir",      types<kString>, false, &directory,   "all but the last element"},
    {"sprig_osDir",    types<kString>, false, &directory,   "all but the last element"},
    {"sprig_clean",    types<kString>, false, &clean,       "without . and .."},
    {"sprig_osClean",  types<kString>, false, &clean,       "without . and .."},
    {"sprig_ext",      types<kString>, false, &extension,   "extension with its point"},
    {"sprig_osExt",    types<kString>, false, &extension,   "extension with its point"},
    {"sprig_isAbs",    types<kString>, false, &is_absolute, "whether a path begins at the root"},
    {"sprig_osIsAbs",  types<kString>, false, &is_absolute, "whether a path begins at the root"},
    {"sprig_urlParse", types<kString>, false, &url_parse,   "the parts of a URL"},
    {"sprig_urlJoin",  types<kAnyMap>, false, &url_join,    "a URL of its parts"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_paths() { return kSprigPaths; }

}  // namespace leasehold::gofuncs
