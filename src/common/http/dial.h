// Opens a connection for a client: name to addresses, connect, TLS handshake.
#pragma once

#include <memory>

#include "leasehold/base/result.h"
#include "leasehold/http/client.h"
#include "stream.h"
#include "watchdog.h"

namespace leasehold::http {

/// A connection that is ready for a request. proxy: null = directly. Errors as in Transport::send. The
/// watchdog follows the stream when this returns.
net::awaitable<Result<std::unique_ptr<Stream>>> dial(const ClientOptions& options, const Proxy* proxy,
                                                     Watchdog& watchdog);

/// True when the running coroutine has been asked to end.
net::awaitable<bool> is_cancelled();

}  // namespace leasehold::http
