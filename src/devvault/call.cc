// The shapes of answers, each once.
#include "call.h"

namespace leasehold::devvault {

Answer with_data(Json data) {
  Answer answer;
  answer.data = std::move(data);
  return answer;
}

Answer no_content() {
  Answer answer;
  answer.status = 204;
  return answer;
}

Answer failure(unsigned status, std::string text) {
  Answer answer;
  answer.status = status;
  answer.errors.emplace().push_back(std::move(text));
  return answer;
}

Answer bare_failure(unsigned status) {
  Answer answer;
  answer.status = status;
  answer.errors.emplace();
  return answer;
}

Answer listed_failure(unsigned status, std::string_view text) {
  return failure(status, "1 error occurred:\n\t* " + std::string(text) + "\n\n");
}

Answer denied() { return failure(403, "permission denied"); }

Answer denied_by_policy() { return listed_failure(403, "permission denied"); }

Answer key_list(const std::vector<std::string>& keys) {
  if (keys.empty()) {
    return nothing_there();
  }
  Json data = Json::object();
  data["keys"] = string_array(keys);
  return with_data(std::move(data));
}

}  // namespace leasehold::devvault
