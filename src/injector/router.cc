#include "router.h"

#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

Outgoing plain(Route route, unsigned status, std::string text) {
  Outgoing out;
  out.route = route;
  out.answer.status = status;
  out.answer.content_type = "text/plain; charset=utf-8";
  out.answer.reason = text;
  if (!text.empty()) out.answer.body = std::move(text) + "\n";
  return out;
}

/// Paths that need cleaning are redirected, as Go's multiplexer does.
std::string cleaned(std::string_view path) {
  std::string clean =
      path_clean(path.starts_with('/') ? std::string(path) : "/" + std::string(path));
  if (path.ends_with('/') && clean != "/") clean += '/';
  return clean;
}

}  // namespace

Router::Router(std::shared_ptr<const Settings> settings)
    : settings_(settings), reviewer_(std::move(settings)) {}

Outgoing Router::answer(const Incoming& incoming, std::string_view unready) {
  const auto question = incoming.target.find('?');
  const std::string_view path = incoming.target.substr(0, question);
  if (path == "/mutate") {
    if (incoming.content_type != "application/json") {
      return plain(Route::Mutate, 400, "Invalid content-type: " + go_quote(incoming.content_type));
    }
    Outgoing out;
    out.route = Route::Mutate;
    out.answer = reviewer_.answer(incoming.body);
    return out;
  }
  if (path == "/health/ready")
    return plain(Route::Ready, unready.empty() ? 204 : 503, std::string(unready));
  if (!settings_->telemetry_path.empty() && path == settings_->telemetry_path)
    return plain(Route::Metrics, 200, "");
  if (const std::string clean = cleaned(path); clean != path) {
    Outgoing out = plain(Route::Other, 307, "Temporary Redirect");
    out.location =
        clean +
        std::string(question == std::string_view::npos ? "" : incoming.target.substr(question));
    return out;
  }
  return plain(Route::Other, 404, "404 page not found");
}

}  // namespace leasehold::injector
