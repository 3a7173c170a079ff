// The route table at work: steps 13 and 14 of spec/vault-api.md 1.2 (unknown path, unsupported
// operation, field conversion, the engine, warnings about fields).
#include "engine.h"

#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kUnsupportedPath = "unsupported path";
constexpr std::string_view kUnsupportedOperation = "unsupported operation";

const Handler& handler_of(const Route& route, Operation operation) {
  static const Handler kNone;
  switch (operation) {
    case Operation::Read:
      return route.read;
    case Operation::Write:
      return route.write;
    case Operation::Delete:
      return route.remove;
    case Operation::List:
    case Operation::Scan:
      return route.list;
    case Operation::Patch:
      return route.patch;
    case Operation::Help:
      break;
  }
  return kNone;
}

Answer unsupported(unsigned status, std::string_view text, bool authenticated) {
  return authenticated ? listed_failure(status, text) : failure(status, std::string(text));
}

/// The warnings about fields; only for answers that have a body.
void warn_about_fields(const Route& route, const Exchange& exchange, const Json& captures, Answer& answer) {
  if (!succeeded(answer) || answer.status == 204 || answer.own_body || answer.own_text || answer.empty_body || route.takes_anything) {
    return;
  }
  std::vector<std::string> replaced;
  for (const auto& [key, value] : exchange.call.data.items()) {
    if (captures.contains(key)) {
      replaced.push_back(key);
    }
  }
  std::vector<std::string> ignored = unknown_fields(route.fields, exchange.call.data);
  std::erase_if(ignored, [&captures](const std::string& key) { return captures.contains(key); });
  if (!ignored.empty()) {
    answer.warnings.push_back("Endpoint ignored these unrecognized parameters: [" + join(ignored, " ") + "]");
  }
  if (!replaced.empty()) {
    answer.warnings.push_back(
        "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [" +
        join(replaced, " ") + "]");
  }
}

}  // namespace

net::awaitable<Answer> Handler::run(Exchange& exchange) const {
  if (now_) {
    co_return now_(exchange);
  }
  co_return co_await later_(exchange);
}

net::awaitable<Result<LeaseRenewal>> Engine::renew_lease(std::shared_ptr<Lease> /*lease*/, seconds increment) {
  co_return LeaseRenewal{.ttl = increment, .warnings = {}};
}

net::awaitable<Result<void>> Engine::revoke_lease(std::shared_ptr<Lease> /*lease*/) { co_return Result<void>(); }

LoginRenewal Engine::renew_login(const Token& /*token*/) {
  return {.terms = {}, .refusal = refused("lease is not renewable")};
}

net::awaitable<void> Engine::tick() { co_return; }

bool match_pattern(std::string_view pattern, std::string_view path, Json& captures) {
  Json found = Json::object();
  // `roles/?`: one slash at the end makes no difference, except to a capture of the whole rest.
  if (path.ends_with('/') && !pattern.ends_with("*}")) {
    path.remove_suffix(1);
  }
  for (;;) {  // one segment of the pattern a round
    const auto pattern_end = pattern.find('/');
    const std::string_view piece = pattern.substr(0, pattern_end);
    if (piece.ends_with("*}")) {
      if (path.empty()) {
        return false;
      }
      found[std::string(piece.substr(1, piece.size() - 3))] = std::string(path);
      break;
    }
    const auto path_end = path.find('/');
    const std::string_view segment = path.substr(0, path_end);
    if (piece.starts_with('{')) {
      if (segment.empty()) {
        return false;
      }
      found[std::string(piece.substr(1, piece.size() - 2))] = std::string(segment);
    } else if (piece != segment) {
      return false;
    }
    const bool pattern_done = pattern_end == std::string_view::npos;
    const bool path_done = path_end == std::string_view::npos;
    if (pattern_done || path_done) {
      if (pattern_done != path_done) {
        return false;
      }
      break;
    }
    pattern.remove_prefix(pattern_end + 1);
    path.remove_prefix(path_end + 1);
  }
  captures = std::move(found);
  return true;
}

const Route* RoutedEngine::find(std::string_view path, Json& captures) const {
  for (const Route& route : routes_) {
    if (match_pattern(route.pattern, path, captures)) {
      return &route;
    }
  }
  return nullptr;
}

bool RoutedEngine::unauthenticated(std::string_view path) const {
  Json captures;
  const Route* route = find(path, captures);
  return route != nullptr && route->unauthenticated;
}

std::optional<bool> RoutedEngine::exists(Exchange& exchange) {
  Json captures;
  const Route* route = find(exchange.path, captures);
  if (route == nullptr || !route->exists) {
    return std::nullopt;
  }
  exchange.fields = std::move(captures);
  return route->exists(exchange);
}

net::awaitable<Answer> RoutedEngine::handle(Exchange& exchange) {
  Json captures = Json::object();
  const Route* route = find(exchange.path, captures);
  const bool authenticated = exchange.token != nullptr;
  if (route == nullptr) {
    co_return unsupported(404, kUnsupportedPath, authenticated);
  }
  const Handler& handler = handler_of(*route, exchange.call.operation);
  if (!handler) {
    co_return unsupported(405, kUnsupportedOperation, authenticated);
  }
  Json data = exchange.call.data;
  for (const auto& [key, value] : captures.items()) {
    data[key] = value;
  }
  auto fields = convert_fields(route->fields, data);
  if (!fields) {
    // compat: looking whether the thing exists converts first, with a bare text, golden/vault-api/kv2-basic
    const bool looked = route->exists && exchange.call.operation == Operation::Write;
    co_return refused((looked ? "" : "Field validation failed: ") + fields.error().message);
  }
  exchange.fields = *std::move(fields);
  for (const auto& [key, value] : captures.items()) {
    if (!exchange.fields.contains(key)) {
      exchange.fields[key] = value;
    }
  }
  Answer answer = co_await handler.run(exchange);
  warn_about_fields(*route, exchange, captures, answer);
  co_return answer;
}

std::vector<std::string> children_of(const std::vector<std::string>& names, std::string_view prefix) {
  std::vector<std::string> children;
  for (const std::string& name : names) {
    if (!name.starts_with(prefix) || name.size() == prefix.size()) {
      continue;
    }
    const auto slash = name.find('/', prefix.size());
    std::string child = name.substr(prefix.size(), slash == std::string::npos ? slash : slash + 1 - prefix.size());
    if (children.empty() || children.back() != child) {
      children.push_back(std::move(child));
    }
  }
  return children;
}

}  // namespace leasehold::devvault
