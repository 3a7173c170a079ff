// One request against the core: method, target, header and body from the input. Whatever they are,
// the answer has a status and a body that is JSON, and the server goes on.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/devvault_world.h"

namespace {

std::string take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  std::string line(text.substr(0, end));
  text.remove_prefix(std::min(text.size(), end + 1));
  return line;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace leasehold;
  static test::DevvaultWorld world;
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  http::Request request;
  request.method = take_line(text);
  request.target = "/" + take_line(text);
  request.headers.set("X-Vault-Token", test::DevvaultWorld::kRoot);
  if (const std::string header = take_line(text); !header.empty()) {
    request.headers.set(header.size() % 2 == 0 ? "Content-Type" : "X-Vault-Wrap-TTL", header);
  }
  request.body = SecretString(text);
  request.remote_address = "127.0.0.1";
  // The seal and the root token are the test's own: without them the rest would see nothing.
  world.state.seal.sealed = false;
  if (world.state.tokens.find(test::DevvaultWorld::kRoot) == nullptr) {
    auto root = std::make_shared<devvault::Token>();
    root->id = test::DevvaultWorld::kRoot;
    root->policies = {"root"};
    world.state.tokens.add(std::move(root));
  }
  const http::Response response = world.loop.run(world.core->respond(std::move(request)));
  if (response.status < 200 || response.status > 999) std::abort();
  const bool own_text = response.status == 307 || response.headers.get("Content-Type").starts_with("text/");
  if (!response.body.empty() && !own_text && !devvault::parse_json(response.body.expose())) std::abort();
  if (response.status == 204 && !response.body.empty()) std::abort();
  return 0;
}
