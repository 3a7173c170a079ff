// Words for TLS failures: those of Go, which users of the replaced software know, and what to do.
#pragma once

#include <string>

#include "stream.h"

namespace leasehold::http {

/// Why the client's handshake failed. peer: the name that was expected in the certificate.
std::string describe_client_tls(const Stream& stream, const std::string& peer);
/// Why the server's handshake failed; text after `http: TLS handshake error from IP:PORT: `.
std::string describe_server_tls(const Stream& stream, error_code error);
/// `connection refused`: strerror in lower case, as Go writes errno.
std::string describe(error_code error);

}  // namespace leasehold::http
