// systemd's notification socket (sd_notify): the agent says when it is ready, reloads and stops.
#pragma once

#include <string>
#include <string_view>

namespace leasehold::agent {

class ServiceManager {
 public:
  /// socket: the value of NOTIFY_SOCKET, a path or `@name`; "" = nobody listens.
  explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}
  /// One datagram, `READY=1`. Nobody waits for it, and nobody is told when it fails: a service manager that
  /// is away must not stop the agent.
  void tell(std::string_view state) const;

 private:
  std::string socket_;
};

}  // namespace leasehold::agent
