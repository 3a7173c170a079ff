// One connection a call: logins are rare and the configured server may change between them.
#include "outbound.h"

#include "leasehold/http/client.h"
#include "leasehold/tls/context.h"

namespace leasehold::devvault {
namespace {
constexpr std::chrono::seconds kDeadline{10};
}

net::awaitable<Result<http::Response>> HttpOutbound::send(std::string url, std::string ca_pem, http::Request request) {
  auto parsed = http::parse_url(url);
  if (!parsed) {
    co_return parsed.error();
  }
  http::ClientOptions options;
  options.url = *std::move(parsed);
  options.keep_alive = false;
  options.connect_deadline = kDeadline;
  if (options.url.scheme == "https") {
    tls::ClientOptions tls_options;
    tls_options.ca_pem = std::move(ca_pem);
    auto context = tls::make_client_context(tls_options);
    if (!context) {
      co_return context.error();
    }
    options.tls = *std::move(context);
  }
  http::Client client(executor_, std::move(options));
  co_return co_await client.send(std::move(request), kDeadline);
}

}  // namespace leasehold::devvault
