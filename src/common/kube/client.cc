// Requests to the API server. Nothing here decides when to try again, but for a token that was
// replaced on disk.
#include "leasehold/kube/client.h"

#include <utility>

#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include "json_text.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::kube {
namespace {

/// client-go reads the file as often.
constexpr std::chrono::minutes kTokenAge{1};
/// A watch whose server sends neither event nor bookmark for so long is taken for dead.
constexpr std::chrono::seconds kSilenceMax{90};
constexpr std::string_view kPage = "500";

nlohmann::json parse_body(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

/// Appends `name=value`, escaped, to a query.
void add(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  query += (query.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
}

std::string name_of(const nlohmann::json& object) {
  return text_at(object, "/metadata/name");
}

Result<Answer> to_answer(const http::Response& response) {
  Answer answer;
  answer.status = response.status;
  auto body = parse_body(response.body.expose());  // an object of the API, not a secret as such
  if (body.is_discarded()) {
    if (response.status / 100 == 2 && !response.body.empty()) {
      return invalid("the API server's answer is no JSON");
    }
    body = nullptr;
  }
  answer.body = std::make_shared<const nlohmann::json>(std::move(body));
  return answer;
}

}  // namespace

struct Client::State {
  ClientOptions options;
  runtime::Clock& clock;
  runtime::Bucket bucket;
  SecretString token;
  runtime::Clock::TimePoint token_at{};
  bool has_token = false;

  /// Keeps the token that it has when the file cannot be read: it may be in the middle of a change.
  void read_token(bool anew) {
    const auto& config = options.config;
    if (config.token_file.empty()) {
      if (!has_token && config.token != nullptr) token = config.token->clone();
      has_token = true;
      return;
    }
    const auto now = clock.now();
    if (has_token && !anew && now - token_at < kTokenAge) return;
    const auto file = runtime::read_secret_file(config.token_file, limits::kTokenFileBytesMax);
    if (!file) return;
    token = SecretString(trim_space(file->expose()));  // goes into a header
    token_at = now;
    has_token = true;
  }

  [[nodiscard]] http::Request request(std::string method, std::string target, std::string_view body,
                                      std::string_view type) const {
    http::Request made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.headers.set("Accept", "application/json");
    made.headers.set("User-Agent", options.user_agent);
    if (!body.empty()) made.headers.set("Content-Type", type);
    if (!token.empty()) {
      SecretString bearer("Bearer ");
      bearer.append(token.expose());  // the header that authenticates us
      made.secret_headers.emplace_back("Authorization", std::move(bearer));
    }
    made.body = SecretString(body);
    return made;
  }

  /// False: cancelled.
  net::awaitable<bool> wait_for_turn() {
    const auto wait = bucket.take(clock.now());
    if (wait.count() == 0) co_return true;
    co_return co_await clock.sleep_for(wait);
  }

  net::awaitable<Result<Answer>> send(std::string method, std::string target, std::string body,
                                      std::string type) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const bool again = attempt > 0;
      if (!co_await wait_for_turn()) co_return cancelled(method + " " + target);
      read_token(again);
      const auto response =
          co_await options.transport->send(request(method, target, body, type), options.deadline);
      if (!response) co_return response.error().in(method + " " + target);
      // The token in use may have ended before its file was read again.
      if (response->status == 401 && !again && !options.config.token_file.empty()) continue;
      co_return to_answer(*response);
    }
    co_return invalid("unreachable");
  }
};

Client::Client(ClientOptions options, runtime::Clock& clock)
    : state_(new State{.options = std::move(options),
                       .clock = clock,
                       .bucket = runtime::Bucket(runtime::Rate{}),
                       .token = {}}) {
  state_->bucket = runtime::Bucket(state_->options.rate);
}
Client::~Client() = default;

net::awaitable<Result<Answer>> Client::get(Resource resource, std::string name_space,
                                           std::string name) {
  co_return co_await state_->send("GET", path_of(resource, name_space, name), "", "");
}

net::awaitable<Result<Answer>> Client::list(Resource resource, Selection selection) {
  std::string query;
  add(query, "fieldSelector", selection.fields);
  add(query, "limit", kPage);
  add(query, "continue", selection.continued);
  co_return co_await state_->send("GET", path_of(resource, selection.name_space) + query, "", "");
}

net::awaitable<Result<Answer>> Client::create(Resource resource, std::string name_space,
                                              const nlohmann::json& object) {
  std::string body = object.dump();
  co_return co_await state_->send("POST", path_of(resource, name_space), std::move(body),
                                  "application/json");
}

net::awaitable<Result<Answer>> Client::update(Resource resource, std::string name_space,
                                              const nlohmann::json& object) {
  std::string body = object.dump();
  std::string path = path_of(resource, name_space, name_of(object));
  co_return co_await state_->send("PUT", std::move(path), std::move(body), "application/json");
}

net::awaitable<Result<Answer>> Client::patch(Resource resource, std::string name_space,
                                             std::string name, const nlohmann::json& operations) {
  std::string body = operations.dump();
  co_return co_await state_->send("PATCH", path_of(resource, name_space, name), std::move(body),
                                  "application/json-patch+json");
}

net::awaitable<Result<Answer>> Client::remove(Resource resource, std::string name_space,
                                              std::string name, std::string uid) {
  nlohmann::json options = {{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  if (!uid.empty()) options["preconditions"] = {{"uid", uid}};
  std::string body = options.dump();
  co_return co_await state_->send("DELETE", path_of(resource, name_space, name), std::move(body),
                                  "application/json");
}

net::awaitable<Result<Answer>> Client::watch(Resource resource, Selection selection,
                                             std::chrono::seconds lasting, http::BodySink sink) {
  std::string query;
  add(query, "watch", "true");
  add(query, "allowWatchBookmarks", "true");
  add(query, "fieldSelector", selection.fields);
  add(query, "resourceVersion", selection.resource_version);
  add(query, "timeoutSeconds", std::to_string(lasting.count()));
  State& state = *state_;
  if (!co_await state.wait_for_turn()) co_return cancelled("watch");
  state.read_token(false);
  const http::StreamLimits limits{.overall = lasting + state.options.deadline, .silence = kSilenceMax};
  http::Request request =
      state.request("GET", path_of(resource, selection.name_space) + query, "", "");
  const auto response =
      co_await state.options.transport->stream(std::move(request), limits, std::move(sink));
  if (!response) co_return response.error().in("watch " + std::string(resource.plural));
  if (response->status == 401) state.read_token(true);
  co_return to_answer(*response);
}

Result<std::unique_ptr<Client>> connect(Config config, std::string user_agent,
                                        net::any_io_executor executor, runtime::Clock& clock) {
  http::ClientOptions http_options;
  http_options.url = config.url;
  http_options.server_name = config.server_name;
  if (config.url.scheme == "https") {
    auto context = tls::make_client_context(config.tls);
    if (!context) return context.error();
    http_options.tls = *std::move(context);
    http_options.skip_verify = config.tls.skip_verify;
  }
  ClientOptions options;
  options.transport = std::make_unique<http::Client>(std::move(executor), std::move(http_options));
  options.config = std::move(config);
  options.user_agent = std::move(user_agent);
  return std::make_unique<Client>(std::move(options), clock);
}

}  // namespace leasehold::kube
