// One server's answers for tools that ask once and wait: the agent's own requests, without its
// watching and renewing.
#pragma once

#include <memory>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/flags/flags.h"
#include "leasehold/gofuncs/render.h"

namespace leasehold::agent {

class ServerAnswers {
 public:
  /// Logs in with config.auto_auth, or takes VAULT_TOKEN when there is none. config must outlive
  /// the object. Errors name the step and what to do.
  static Result<std::unique_ptr<ServerAnswers>> create(const AgentConfig& config,
                                                       const flags::Parsed& given,
                                                       const flags::Environment& environment);
  ServerAnswers(const ServerAnswers&) = delete;
  ServerAnswers& operator=(const ServerAnswers&) = delete;
  ~ServerAnswers();

  /// Fetches and waits. The error tells the request and, where known, what to do.
  Result<gotemplate::Value> answer(const gofuncs::Dependency& dependency);

 private:
  struct State;
  explicit ServerAnswers(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::agent
