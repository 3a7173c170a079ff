// Words for TLS failures: those of Go, which users of the replaced software know, and what to do.
#pragma once

#include <string>

#include "leasehold/base/result.h"
#include "stream.h"

namespace leasehold::http {

/// Why TLS failed at the client, in the handshake or (TLS 1.3 tells a client late that its
/// certificate is refused) after it. Invalid, but Transient for `internal error`, with which
/// servers say that they have no certificate yet. peer: the name that was expected in the
/// certificate.
Error describe_client_tls(const Stream& stream, const std::string& peer);
/// Why the server's handshake failed; text after `http: TLS handshake error from IP:PORT: `.
std::string describe_server_tls(const Stream& stream, error_code error);
/// `connection refused`: strerror in lower case, as Go writes errno.
std::string describe(error_code error);

}  // namespace leasehold::http
