// Takes the envelope apart while it streams by. Secrets of `data` are not copied: templates parse
// the body themselves.
#include "leasehold/vault/answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "leasehold/base/scalars.h"
#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"
#include "leasehold/vault/outage.h"

namespace leasehold::vault {
namespace {

constexpr std::string_view kData = "data.";
constexpr std::string_view kWrap = "wrap_info.";
constexpr std::array<std::string_view, 10> kFacts = {
    "ttl",  "renewable", "expire_time",     "rotation_period",        "expiration", "secret_id_ttl",
    "type", "path",      "options.version", "metadata.deletion_time"};
constexpr std::array<std::string_view, 2> kPresences = {"certificate", "secret_id"};

template <class Table>
bool contains(const Table& table, std::string_view name) {
  return std::find(table.begin(), table.end(), name) != table.end();
}

/// Follows the path of member names; elements of an array keep the path of their array.
class EnvelopeReader final : public json::Visitor {
 public:
  explicit EnvelopeReader(Answer& answer) : answer_(answer) {}

  bool null_value() override { return value_ended(); }

  bool boolean(bool value) override {
    if (path_ == "renewable") answer_.renewable = value;
    if (path_ == "auth.renewable") auth().renewable = value;
    keep_fact(value ? "true" : "false");
    return value_ended();
  }

  bool number(std::string_view literal) override {
    if (path_ == "lease_duration") answer_.lease_duration = whole_seconds(literal);
    if (path_ == "auth.lease_duration") auth().lease_duration = whole_seconds(literal);
    if (path_ == "wrap_info.ttl") wrap().ttl = whole_seconds(literal).count();
    keep_fact(literal);
    return value_ended();
  }

  bool string(std::string_view value) override {
    if (path_ == "lease_id") answer_.lease_id = value;
    if (path_ == "warnings") answer_.warnings.emplace_back(value);
    if (path_ == "errors") answer_.errors.emplace_back(value);
    if (path_ == "auth.client_token") auth().client_token = SecretString(value);
    if (path_ == "auth.accessor") auth().accessor = value;
    if (path_ == "auth.token_type") auth().token_type = value;
    if (path_.starts_with(kWrap)) keep_wrap(std::string_view(path_).substr(kWrap.size()), value);
    keep_fact(value);
    return value_ended();
  }

  bool key(std::string_view name) override {
    name_starts_.push_back(path_.size());
    if (!path_.empty()) path_ += '.';
    path_ += name;
    return true;
  }

  bool begin_object() override { return value_began(Container::Object); }
  bool end_object() override { return container_ended(); }
  bool begin_array() override { return value_began(Container::Array); }
  bool end_array() override { return container_ended(); }

 private:
  enum class Container : char { Object, Array };

  Auth& auth() {
    if (!answer_.auth) answer_.auth.emplace();
    return *answer_.auth;
  }

  WrapInfo& wrap() {
    if (!answer_.wrap_info) answer_.wrap_info.emplace();
    return *answer_.wrap_info;
  }

  void keep_wrap(std::string_view name, std::string_view value) {
    if (name == "token") wrap().token = SecretString(value);
    if (name == "accessor") wrap().accessor = value;
    if (name == "creation_time") wrap().creation_time = value;
    if (name == "creation_path") wrap().creation_path = value;
    if (name == "wrapped_accessor") wrap().wrapped_accessor = value;
  }

  bool value_began(Container kind) {
    if (path_ == "data") answer_.has_data = true;
    if (path_ == "auth" && kind == Container::Object) auth();
    open_.push_back(kind);
    return true;
  }

  bool container_ended() {
    open_.pop_back();
    return value_ended();
  }

  bool value_ended() {
    if (!open_.empty() && open_.back() == Container::Object) {
      path_.resize(name_starts_.back());
      name_starts_.pop_back();
    }
    return true;
  }

  void keep_fact(std::string_view text) {
    if (!path_.starts_with(kData)) return;
    const std::string_view name = std::string_view(path_).substr(kData.size());
    if (contains(kFacts, name)) answer_.facts.emplace(name, text);
    if (contains(kPresences, name)) answer_.facts.emplace(name, "");
  }

  static std::chrono::seconds whole_seconds(std::string_view literal) {
    const auto value = parse_int(literal);
    // A century is enough, and arithmetic in nanoseconds stays in range.
    constexpr std::int64_t kMost = 100LL * 366 * 86400;
    return std::chrono::seconds(value ? std::clamp<std::int64_t>(*value, 0, kMost) : 0);
  }

  Answer& answer_;
  std::string path_;
  std::vector<std::size_t> name_starts_;
  std::vector<Container> open_;
};

// Sun, 06 Nov 1994 08:49:37 GMT, the form that RFC 9110 has servers send.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::size_t number = month / 3 + 1;
  const std::string iso = std::string(text.substr(12, 4)) + (number < 10 ? "-0" : "-") + std::to_string(number) + "-" +
                          std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z";
  const auto time = parse_rfc3339(iso);
  return time ? std::optional(*time) : std::nullopt;
}

ErrorKind kind_of(unsigned status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::Denied;
    case 404:
      return ErrorKind::NotFound;
    case 412:
    case 429:
    case 472:
    case 473:
      return ErrorKind::Transient;
    case 501:
      return ErrorKind::Invalid;
    default:
      return status >= 500 ? ErrorKind::Transient : ErrorKind::Invalid;
  }
}

}  // namespace

std::string_view Answer::fact(std::string_view name) const {
  const auto found = facts.find(name);
  return found == facts.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::chrono::seconds> Answer::seconds(std::string_view name) const {
  const auto value = parse_int(fact(name));
  if (!value) return std::nullopt;
  return std::chrono::seconds(*value);
}

bool Answer::says(std::string_view part) const {
  return std::any_of(errors.begin(), errors.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

Denial denial_of(const Answer& answer) {
  if (answer.status != 403) return Denial::None;
  if (answer.says("invalid token")) return Denial::DeadToken;
  for (const auto& text : answer.errors) {
    if (text == "permission denied" || text == "bad token") return Denial::DeadToken;
  }
  return Denial::Policy;
}

bool refuses_for_good(const Answer& answer) {
  if (answer.ok()) return answer.is_json || answer.body.empty();
  return answer.is_json && (answer.status == 400 || answer.status == 403);
}

std::optional<std::chrono::seconds> retry_after(const http::Headers& headers) {
  constexpr std::int64_t kMost = 3600;
  const std::string_view text = headers.get("Retry-After");
  if (text.empty()) return std::nullopt;
  if (const auto count = parse_int(text)) {
    if (*count < 0) return std::nullopt;
    return std::chrono::seconds(std::min(*count, kMost));
  }
  const auto until = parse_http_date(text);
  const auto now = parse_http_date(headers.get("Date"));
  if (!until || !now) return std::nullopt;
  const auto wait = std::chrono::duration_cast<std::chrono::seconds>(*until - *now).count();
  return std::chrono::seconds(std::clamp<std::int64_t>(wait, 0, kMost));
}

SecretString wrap_info_text(const WrapInfo& wrap) {
  json::ObjectWriter text;
  text.member("token", wrap.token.expose())  // expose(): the sink is the place where it belongs
      .member("accessor", wrap.accessor)
      .member("ttl", wrap.ttl)
      .member("creation_time", wrap.creation_time)
      .member("creation_path", wrap.creation_path)
      .member("wrapped_accessor", wrap.wrapped_accessor);
  SecretString line = text.finish();
  line.append("\n");
  return line;
}

Answer parse_answer(http::Response response) {
  Answer answer;
  answer.status = response.status;
  answer.retry_after = retry_after(response.headers);
  answer.outage = is_outage(response.status, response.body.expose());  // expose(): looks for two texts of the server's own
  answer.body = std::move(response.body);
  if (answer.body.empty()) return answer;
  EnvelopeReader reader(answer);
  // expose(): the envelope stands around the secrets; nothing of them is kept but the token
  if (json::read(answer.body.expose(), reader).has_value()) {
    answer.is_json = true;
    return answer;
  }
  // Half of an envelope says nothing: a token that was cut off must not be used.
  Answer broken;
  broken.status = answer.status;
  broken.outage = answer.outage;
  broken.retry_after = answer.retry_after;
  broken.body = std::move(answer.body);
  return broken;
}

Error failure(const Answer& answer, std::string_view method, std::string_view url, std::string_view name_space) {
  std::string text = "Error making API request.\n\n";
  if (!name_space.empty()) text += "Namespace: " + std::string(name_space) + "\n";
  text += "URL: " + std::string(method) + " " + std::string(url) + "\nCode: " + std::to_string(answer.status) + ". ";
  if (answer.is_json) {
    text += "Errors:\n\n";
    for (const auto& error : answer.errors) text += "* " + error + "\n";
    while (text.ends_with('\n')) text.pop_back();
  } else if (answer.ok()) {
    // A good answer that was cut off may hold a token.
    text += "Raw Message:\n\nunreadable answer of " + std::to_string(answer.body.size()) + " bytes";
  } else {
    // What is not JSON does not come from Vault (a proxy's page): the beginning is enough.
    text += "Raw Message:\n\n" + std::string(answer.body.expose().substr(0, 500));
  }
  return {kind_of(answer.status), std::move(text)};
}

}  // namespace leasehold::vault
