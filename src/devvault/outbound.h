// HTTP to other servers behind the Outbound edge: TokenReview, JWKS.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "edges.h"

namespace leasehold::devvault {

class HttpOutbound final : public Outbound {
 public:
  explicit HttpOutbound(net::any_io_executor executor) : executor_(std::move(executor)) {}
  net::awaitable<Result<http::Response>> send(std::string url, std::string ca_pem, http::Request request) override;

 private:
  net::any_io_executor executor_;
};

}  // namespace leasehold::devvault
