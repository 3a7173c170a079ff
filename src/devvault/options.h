// The command line of leasehold-devvault, from a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/log/log.h"

namespace leasehold::devvault {

enum class Action { Serve, Help, Version };

struct Options {
  Action action = Action::Serve;
  std::string listen_address = "127.0.0.1";
  std::uint16_t listen_port = 8200;
  std::string root_token{};  ///< "" = make one
  bool tls = false;        ///< certificate made at start
  std::string tls_directory{};
  std::string tls_cert_file{};
  std::string tls_key_file{};
  std::string kube_address{};  ///< "" = no Kubernetes API
  std::uint16_t kube_port = 0;
  std::string setup_file{};
  log::Level log_level = log::Level::Info;
  log::Format log_format = log::Format::Standard;
};

/// arguments without the program's name. Error (Invalid): what is wrong, for exit status 1.
Result<Options> parse_options(const std::vector<std::string>& arguments);
std::string help_text();

/// HOST:PORT, [::1]:PORT. Error (Invalid).
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
Result<HostPort> parse_host_port(const std::string& text);

}  // namespace leasehold::devvault
