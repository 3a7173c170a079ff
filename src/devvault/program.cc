// Start-up and shutdown in the order that a reader would tell them.
#include "program.h"

#include <csignal>
#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "core.h"
#include "crypto.h"
#include "http_rules.h"
#include "kube_api.h"
#include "leasehold/base/encoding.h"
#include "leasehold/flags/flags.h"
#include "leasehold/http/server.h"
#include "leasehold/runtime/files.h"
#include "leasehold/runtime/signals.h"
#include "leasehold/runtime/task_group.h"
#include "leasehold/tls/context.h"
#include "lifecycle.h"
#include "outbound.h"
#include "setup.h"
#include "sql_worker.h"

namespace leasehold::devvault {
namespace {

constexpr int kCertificateDays = 30;
/// How long the end may take: open requests, then the revocation of all leases.
constexpr std::chrono::seconds kGrace{5};
constexpr std::size_t kKeyBytes = 32;

/// What the listeners serve TLS with; null = plain.
struct Certificate {
  std::shared_ptr<tls::Context> context;
  std::string pem;  ///< whom clients should trust, if it was made here
};

Result<void> write_certificate(const std::string& directory, const tls::SelfSigned& made) {
  struct Row {
    const char* name;
    std::string_view text;
    mode_t mode;
  };
  // Self-signed: the certificate is its own CA.
  const Row rows[] = {{"vault-ca.pem", made.certificate_pem, 0644},
                      {"vault-cert.pem", made.certificate_pem, 0644},
                      {"vault-key.pem", made.key_pem.expose(), 0600}};
  for (const Row& row : rows) {
    runtime::WriteOptions options;
    options.mode = row.mode;
    options.make_directories = true;
    if (auto written = runtime::write_atomically(directory + "/" + row.name, row.text, options); !written) {
      return written.error();
    }
  }
  return {};
}

Result<Certificate> make_certificate(const Options& options) {
  Certificate certificate;
  if (!options.tls_cert_file.empty()) {
    tls::ServerOptions files;
    files.certificate_file = options.tls_cert_file;
    files.key_file = options.tls_key_file;
    files.request_client_certificate = true;
    auto context = tls::make_server_context(files);
    if (!context) {
      return context.error();
    }
    certificate.context = *std::move(context);
    // What it was signed by is not known; for a self-signed one the file is the answer.
    if (auto pem = runtime::read_file(options.tls_cert_file, limits::kConfigFileBytesMax)) {
      certificate.pem = *std::move(pem);
    }
    return certificate;
  }
  if (!options.tls && options.tls_directory.empty()) {
    return certificate;
  }
  auto made = tls::make_self_signed({"localhost", "127.0.0.1", "::1", options.listen_address}, kCertificateDays);
  if (!made) {
    return made.error();
  }
  tls::ServerOptions wanted;
  wanted.request_client_certificate = true;
  auto context = tls::make_server_context(made->certificate_pem, made->key_pem, wanted);
  if (!context) {
    return context.error();
  }
  certificate.context = *std::move(context);
  certificate.pem = made->certificate_pem;
  if (!options.tls_directory.empty()) {
    if (auto written = write_certificate(options.tls_directory, *made); !written) {
      return written.error();
    }
  }
  return certificate;
}

/// Everything that runs, in the order of its making.
class Program {
 public:
  Program(net::io_context& io, const Options& options, log::Logger logger)
      : io_(io),
        options_(options),
        log_(logger),
        databases_(io.get_executor()),
        outbound_(io.get_executor()),
        state_(clock_, databases_, outbound_, logger),
        lifecycle_(state_, io.get_executor(), runtime::make_dice()),
        tasks_(io.get_executor()) {
    state_.lifecycle = &lifecycle_;
    state_.seal.key = crypto::random_bytes(kKeyBytes);
    state_.cluster_name = "vault-cluster-" + hex_encode(crypto::random_bytes(4));
    state_.cluster_id = crypto::random_uuid();
    core_ = std::make_unique<Core>(state_);
    make_root_token();
  }

  net::awaitable<Result<void>> run();

 private:
  void make_root_token();
  Result<void> listen(const Certificate& certificate);
  http::ServerOptions server_options(const std::string& host, std::uint16_t port, const Certificate& certificate) const;
  net::awaitable<http::Response> answer_kube(http::Request request);
  net::awaitable<Result<void>> run_setup(std::string ca_pem);
  void print_banner(const Certificate& certificate) const;
  net::awaitable<void> shut_down();
  net::awaitable<void> revoke_everything();
  [[nodiscard]] std::string scheme(const Certificate& certificate) const { return certificate.context ? "https" : "http"; }

  net::io_context& io_;
  const Options& options_;
  log::Logger log_;
  runtime::RealClock clock_;
  SqlWorkers databases_;
  HttpOutbound outbound_;
  State state_;
  Lifecycle lifecycle_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<KubeApi> kube_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> kube_server_;
  runtime::TaskGroup tasks_;
  std::string root_token_;
};

void Program::make_root_token() {
  auto token = std::make_shared<Token>();
  token->id = options_.root_token.empty() ? new_token_id(false) : options_.root_token;
  token->accessor = new_accessor();
  token->orphan = true;
  token->policies = {"root"};
  token->path = "auth/token/root";
  token->display_name = "root";
  token->issued = state_.now();
  token->initial_root = true;
  root_token_ = token->id;
  state_.tokens.add(std::move(token));
}

http::ServerOptions Program::server_options(const std::string& host, std::uint16_t port,
                                            const Certificate& certificate) const {
  http::ServerOptions options;
  options.address = host;
  options.port = port;
  options.body_bytes_max = limits::kVaultRequestBodyBytesMax;
  options.log = log_.named("http");
  options.too_large = to_response(failure(413, "http: request body too large"), "");
  options.too_large.close = true;
  if (certificate.context) {
    options.tls = [context = certificate.context] { return context; };
  }
  return options;
}

Result<void> Program::listen(const Certificate& certificate) {
  server_ = std::make_unique<http::Server>(
      io_.get_executor(), server_options(options_.listen_address, options_.listen_port, certificate),
      [this](http::Request request) { return core_->respond(std::move(request)); });
  if (auto listening = server_->listen(); !listening) {
    return listening;
  }
  if (options_.kube_address.empty()) {
    return {};
  }
  auto kube = KubeApi::create();
  if (!kube) {
    return kube.error();
  }
  kube_ = std::make_unique<KubeApi>(*std::move(kube));
  kube_server_ = std::make_unique<http::Server>(
      io_.get_executor(), server_options(options_.kube_address, options_.kube_port, certificate),
      [this](http::Request request) { return answer_kube(std::move(request)); });
  return kube_server_->listen();
}

net::awaitable<http::Response> Program::answer_kube(http::Request request) {
  co_return kube_->respond(request, state_.now());
}

void Program::print_banner(const Certificate& certificate) const {
  const std::string url = scheme(certificate) + "://" + options_.listen_address + ":" + std::to_string(server_->port());
  std::printf("==> leasehold-devvault %s configuration:\n\n", "0.1.0");
  std::printf("             Api Address: %s\n", url.c_str());
  if (kube_server_) {
    std::printf("          Kubernetes API: %s://%s:%u\n", scheme(certificate).c_str(), options_.kube_address.c_str(),
                static_cast<unsigned>(kube_server_->port()));
  }
  std::printf("                 Storage: inmem\n\n");
  std::printf("WARNING! This is a DEVELOPMENT server. Everything is in memory and lost at its end, it starts\n"
              "unsealed, and its root token stands below. NEVER use it for real secrets.\n\n");
  std::printf("You may need to set the following environment variables:\n\n    $ export VAULT_ADDR='%s'\n", url.c_str());
  if (!options_.tls_directory.empty()) {
    std::printf("    $ export VAULT_CACERT='%s/vault-ca.pem'\n", options_.tls_directory.c_str());
  }
  std::printf("\nThe unseal key and root token are displayed below in case you want to seal/unseal the Vault or\n"
              "re-authenticate.\n\nUnseal Key: %s\nRoot Token: %s\n\n",
              base64_encode(state_.seal.key).c_str(), root_token_.c_str());
  std::fflush(stdout);
}

net::awaitable<Result<void>> Program::run_setup(std::string ca_pem) {
  auto text = runtime::read_file(options_.setup_file, limits::kConfigFileBytesMax);
  if (!text) {
    co_return text.error().in("-setup");
  }
  const auto environment = flags::process_environment();
  const std::string kube_url =
      kube_server_ ? (ca_pem.empty() ? "http://" : "https://") + options_.kube_address + ":" +
                         std::to_string(kube_server_->port())
                   : "";
  const Variables variables = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "KUBE_ADDR" && kube_server_) {
      return kube_url;
    }
    if (name == "KUBE_CA_PEM" && kube_server_) {
      return ca_pem;
    }
    return environment(name);
  };
  auto requests = parse_setup(*text, variables);
  if (!requests) {
    co_return requests.error().in("-setup " + options_.setup_file);
  }
  for (const SetupRequest& step : *requests) {
    http::Request request;
    request.method = step.method;
    request.target = "/v1/" + step.path;
    request.headers.set("X-Vault-Token", root_token_);
    if (step.method == "PATCH") {
      request.headers.set("Content-Type", "application/merge-patch+json");
    }
    request.body = SecretString(step.body);
    request.remote_address = "127.0.0.1";
    const http::Response response = co_await core_->respond(std::move(request));
    if (response.status >= 400) {
      co_return invalid("-setup " + options_.setup_file + ": line " + std::to_string(step.line) + ": " + step.method + " " +
                        step.path + ": status " + std::to_string(response.status) + ": " +
                        std::string(response.body.expose()));
    }
  }
  log_.info("setup done", {{"requests", requests->size()}});
  co_return Result<void>();
}

net::awaitable<void> Program::revoke_everything() {
  // A sealed server's leases are its own all the same.
  for (const LeasePtr& lease : state_.leases.all()) {
    if (auto revoked = co_await lifecycle_.revoke(lease); !revoked) {
      log_.warn("a lease was not revoked at the end", {{"path", lease->path}, {"error", revoked.error().message}});
    }
  }
}

net::awaitable<Result<void>> as_result(net::awaitable<void> work) {
  co_await std::move(work);
  co_return Result<void>();
}

net::awaitable<void> Program::shut_down() {
  for (http::Server* server : {server_.get(), kube_server_.get()}) {
    if (server != nullptr) {
      server->stop(kGrace);
    }
  }
  co_await tasks_.join();
  if (auto done = co_await runtime::with_deadline("revoke leases", kGrace, as_result(revoke_everything())); !done) {
    log_.warn("leases are left behind", {{"count", state_.leases.all().size()}, {"error", done.error().message}});
  }
}

net::awaitable<Result<void>> Program::run() {
  auto certificate = make_certificate(options_);
  if (!certificate) {
    co_return certificate.error();
  }
  if (auto listening = listen(*certificate); !listening) {
    co_return listening.error();
  }
  runtime::Signals signals(io_.get_executor(), {SIGINT, SIGTERM});
  runtime::TaskGroup timers(io_.get_executor());
  timers.spawn("timers", lifecycle_.run());
  if (kube_server_) {
    tasks_.spawn("kubernetes api", kube_server_->run());
  }
  Result<void> outcome;
  if (!options_.setup_file.empty()) {
    outcome = co_await run_setup(certificate->pem);
  }
  if (outcome) {
    tasks_.spawn("api", server_->run());
    print_banner(*certificate);
    const int signal = co_await signals.next();
    log_.info("stopping", {{"signal", signal}});
  }
  co_await shut_down();
  co_await lifecycle_.stop();
  co_await timers.join();
  co_return outcome;
}

}  // namespace

Result<void> run_program(const Options& options) {
  net::io_context io(1);
  const log::Logger logger(log::make_sink({.level = options.log_level, .format = options.log_format, .descriptor = 2}), "devvault");
  Result<void> outcome;
  {
    Program program(io, options, logger);
    net::co_spawn(io, program.run(), [&outcome](const std::exception_ptr& failure, Result<void> result) {
      if (failure) {
        std::rethrow_exception(failure);
      }
      outcome = std::move(result);
    });
    io.run();
  }
  return outcome;
}

}  // namespace leasehold::devvault
