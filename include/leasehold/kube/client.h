// The Kubernetes API as its clients use it: one call a function, no retries (who decides knows
// better when to try again). Objects are JSON documents.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "leasehold/base/result.h"
#include "leasehold/http/client.h"
#include "leasehold/kube/config.h"
#include "leasehold/runtime/rate.h"
#include "leasehold/kube/resource.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::kube {

namespace net = boost::asio;

/// What the API server said, whatever its status.
struct Answer {
  unsigned status = 0;
  std::shared_ptr<const nlohmann::json> body;  ///< never null; null document when there was no JSON

  [[nodiscard]] bool ok() const { return status / 100 == 2; }
  /// `reason` of a Status: NotFound, AlreadyExists, Conflict, Expired, ...; "" when it says none.
  [[nodiscard]] std::string reason() const;
  /// An answer that is not ok() as an Error: Denied for 401 and 403, NotFound for 404, Transient
  /// for 409, 410, 429 and 5xx, else Invalid. what: `get configmaps "x"`.
  [[nodiscard]] Error failure(std::string_view what) const;
};

struct ClientOptions {
  Config config;  ///< its token and token file
  std::unique_ptr<http::Transport> transport;
  std::string user_agent;
  runtime::Rate rate;  ///< client-go's defaults
  std::chrono::nanoseconds deadline{std::chrono::seconds(10)};
};

/// What a list or watch is narrowed to.
struct Selection {
  std::string name_space;       ///< "" = all
  std::string fields;           ///< field selector, as `metadata.name=x`
  std::string resource_version; ///< where a watch goes on
  std::string continued;        ///< `metadata.continue` of the page before
};

/// Not thread-safe; calls may overlap on one executor. Errors are those of http::Transport, and
/// Invalid for an answer that is no JSON. clock outlives the client.
class Client {
 public:
  Client(ClientOptions options, runtime::Clock& clock);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  net::awaitable<Result<Answer>> get(Resource resource, std::string name_space, std::string name);
  /// One page of at most 500.
  net::awaitable<Result<Answer>> list(Resource resource, Selection selection);
  net::awaitable<Result<Answer>> create(Resource resource, std::string name_space, const nlohmann::json& object);
  /// Replaces the object that metadata.name names; with its resourceVersion only if nobody did since.
  net::awaitable<Result<Answer>> update(Resource resource, std::string name_space, const nlohmann::json& object);
  /// JSON patch (RFC 6902).
  net::awaitable<Result<Answer>> patch(Resource resource, std::string name_space, std::string name,
                                       const nlohmann::json& operations);
  /// uid: deletes only the object that has it; "" = any.
  net::awaitable<Result<Answer>> remove(Resource resource, std::string name_space, std::string name,
                                        std::string uid);
  /// The raw stream of a watch, with bookmarks, for at most lasting. The Answer has no body, but for
  /// a refusal.
  net::awaitable<Result<Answer>> watch(Resource resource, Selection selection, std::chrono::seconds lasting,
                                       http::BodySink sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A client on real connections. Errors (Invalid) as tls::make_client_context.
Result<std::unique_ptr<Client>> connect(Config config, std::string user_agent, net::any_io_executor executor,
                                        runtime::Clock& clock);

}  // namespace leasehold::kube
