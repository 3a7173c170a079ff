// Asks a proxy for a way to a server: CONNECT (RFC 9110 9.3.6) or SOCKS5 (RFC 1928, 1929).
#pragma once

#include "leasehold/base/result.h"
#include "leasehold/http/proxy.h"
#include "stream.h"

namespace leasehold::http {

/// After it the stream carries bytes to and from the target. Errors (Transient): the connection
/// broke, or the proxy refuses the target or the user. The caller bounds the time.
net::awaitable<Result<void>> open_tunnel(Stream& stream, const Proxy& proxy, const Url& target);

}  // namespace leasehold::http
