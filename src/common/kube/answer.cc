// The API server's answers: kinds of failures by status, texts from its Status objects.
#include <array>

#include <nlohmann/json.hpp>

#include "json_text.h"
#include "leasehold/kube/client.h"

namespace leasehold::kube {
namespace {

struct StatusRow {
  unsigned status;
  ErrorKind kind;
};
constexpr std::array kKinds{
    StatusRow{401, ErrorKind::Denied},    StatusRow{403, ErrorKind::Denied},
    StatusRow{404, ErrorKind::NotFound},  StatusRow{409, ErrorKind::Transient},
    StatusRow{410, ErrorKind::Transient}, StatusRow{429, ErrorKind::Transient},
};

ErrorKind kind_of(unsigned status) {
  for (const StatusRow& row : kKinds) {
    if (row.status == status) return row.kind;
  }
  return status >= 500 ? ErrorKind::Transient : ErrorKind::Invalid;
}

}  // namespace

std::string Answer::reason() const {
  return text_at(*body, "/reason");
}

Error Answer::failure(std::string_view what) const {
  constexpr std::size_t kShownMax = 300;
  std::string message = text_at(*body, "/message").substr(0, kShownMax);
  if (message.empty()) message = "the API server answered " + std::to_string(status);
  return {kind_of(status), std::string(what) + ": " + message};
}

}  // namespace leasehold::kube
