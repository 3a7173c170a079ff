#include "sinks.h"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "leasehold/base/scalars.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// As `ls -l` shows it: -rw-r-----.
std::string mode_text(std::uint32_t mode) {
  constexpr std::string_view kBits = "rwxrwxrwx";
  std::string text = "-";
  for (std::size_t i = 0; i < kBits.size(); ++i) text += (mode >> (8 - i) & 1U) != 0 ? kBits[i] : '-';
  return text;
}

// The replaced software writes and removes a probe, so that a wrong path is told at start.
Result<void> check_writable(const std::string& path, double dice) {
  const std::string folder = folder_of(path);
  std::array<char, 16> suffix{};
  std::snprintf(suffix.data(), suffix.size(), "%08x", static_cast<unsigned>(dice * 0xffffffffU));
  const std::string probe = path + ".tmp." + suffix.data();
  auto written = runtime::write_atomically(probe, "write check", {.mode = 0600, .sync = false});
  ::unlink(probe.c_str());
  if (written) return {};
  return Error{written.error().kind, "error creating file sink: error during write check: error opening temp file in dir " +
                                         folder + " for writing: " + written.error().message};
}

runtime::WriteOptions options_of(const SinkConfig& sink) {
  runtime::WriteOptions options{.mode = sink.mode};
  if (sink.uid >= 0) options.owner = static_cast<uid_t>(sink.uid);
  if (sink.gid >= 0) options.group = static_cast<gid_t>(sink.gid);
  return options;
}

}  // namespace

Result<void> Sinks::prepare() {
  if (!context_.config.auto_auth) return {};
  for (const auto& sink : context_.config.auto_auth->sinks) {
    if (sink.type != "file") return invalid(sink.start_error);
    const log::Logger file_log = log_.named("file");
    file_log.info("creating file sink");
    if (!sink.start_error.empty()) return invalid(sink.start_error);
    if (auto ok = check_writable(sink.path, context_.dice()); !ok) return ok;
    file_log.info("file sink configured", {{"path", sink.path}, {"mode", mode_text(sink.mode)}});
    sinks_.push_back({sink, SinkText(context_, sink)});
  }
  return {};
}

net::awaitable<Result<void>> Sinks::write(Sink& sink, Token token) {
  auto text = co_await sink.text.of(std::move(token));
  if (!text) co_return text.error();
  // expose(): the sink file is the place where the token belongs
  co_return runtime::write_atomically(sink.config.path, text->expose(), options_of(sink.config));
}

net::awaitable<bool> Sinks::write_until_done(Sink& sink, TokenHolder& tokens, Token token) {
  for (;;) {  // ends by success, cancellation or a newer token
    const auto written = co_await write(sink, token);
    if (written) {
      log_.named("file").info("token written", {{"path", sink.config.path}});
      co_return true;
    }
    if (written.error().kind == ErrorKind::Cancelled) co_return false;
    const auto pause = std::chrono::milliseconds(1000 + static_cast<int>(context_.dice() * 2000));
    log_.named("server").error("error returned by sink function, retrying",
                               {{"error", written.error().message}, {"backoff", format_duration(pause)}});
    if (!co_await context_.clock.sleep_for(pause)) co_return false;
    if (tokens.current()->generation != token.generation) co_return true;  // the newer one is next
  }
}

net::awaitable<void> Sinks::run(TokenHolder& tokens, bool once) {
  const log::Logger server_log = log_.named("server");
  server_log.info("starting sink server");
  std::uint64_t written = 0;
  bool alive = true;
  while (alive) {  // ends by cancellation, or after the first token
    if (!tokens.current() || tokens.current()->generation == written) {
      if (!co_await tokens.changed().wait()) break;
      continue;
    }
    const Token token = *tokens.current();
    for (Sink& sink : sinks_) {
      alive = alive && co_await write_until_done(sink, tokens, token);
    }
    written = token.generation;
    if (once) break;
  }
  server_log.info("sink server stopped");
}

}  // namespace leasehold::agent
