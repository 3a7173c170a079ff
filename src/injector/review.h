// AdmissionReview in, AdmissionReview out: the whole of /mutate but for HTTP (spec/injector.md 5).
// A pure function of Settings and body; no outbound call, no clock.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "settings.h"

namespace leasehold::injector {

enum class Verdict {
  Malformed,    ///< no review: an HTTP error status
  NotInjected,  ///< allowed as it is
  Injected,     ///< allowed with a patch
  Refused       ///< allowed: false
};

/// The answer, and what logs and metrics want to know. No annotation value in anything but body.
struct Answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  Verdict verdict = Verdict::Malformed;
  std::string injection_type;  ///< init_and_sidecar, init_only, sidecar_only or ""
  std::string name_space;      ///< of the request
  std::string pod;             ///< name or generateName-less owner: `ReplicaSet/web-6c9d`
  std::string annotation;      ///< at fault, full key
  std::string reason;          ///< of a refusal, without values
};

/// Keeps its buffers between requests: one object a thread.
class Reviewer {
 public:
  explicit Reviewer(std::shared_ptr<const Settings> settings);
  Reviewer(const Reviewer&) = delete;
  Reviewer& operator=(const Reviewer&) = delete;
  ~Reviewer();

  /// Never fails: what is no review is an answer with status 400 or 500.
  Answer answer(std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::injector
