#include "head.h"

#include <algorithm>
#include <charconv>

namespace leasehold::http {
namespace {

struct ReasonRow {
  unsigned status;
  std::string_view phrase;
};
// Go's http.StatusText.
constexpr ReasonRow kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Entity"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

/// Grows a wiped buffer by pieces of text.
class Text {
 public:
  explicit Text(std::size_t expected) { bytes_.reserve(expected); }
  Text& operator<<(std::string_view piece) {
    append(bytes_, piece);
    return *this;
  }
  Text& operator<<(std::size_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }
  void field(std::string_view name, std::string_view value) {
    if (is_clean_field(name, value)) *this << name << ": " << value << "\r\n";
  }
  SecretBytes take() { return std::move(bytes_); }

 private:
  SecretBytes bytes_;
};

bool same_name(std::string_view a, std::string_view lower_case) {
  return std::ranges::equal(a, lower_case, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

/// Fields that say how the connection carries the message; only we know.
bool is_framing(std::string_view name) {
  switch (name.size()) {
    case 4:
      return same_name(name, "host");
    case 10:
      return same_name(name, "connection");
    case 14:
      return same_name(name, "content-length");
    case 17:
      return same_name(name, "transfer-encoding");
    default:
      return false;
  }
}

}  // namespace

bool is_clean_field(std::string_view name, std::string_view value) {
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !name.empty() &&
         std::ranges::none_of(name, [&](char c) { return breaks(c) || c == ' ' || c == ':'; }) &&
         std::ranges::none_of(value, breaks);
}

std::string_view reason_phrase(unsigned status) {
  const auto* row = std::ranges::lower_bound(kReasons, status, {}, &ReasonRow::status);
  return row != std::end(kReasons) && row->status == status ? row->phrase : "";
}

bool has_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

SecretBytes write_request_head(const Url& url, const Request& request, bool keep_alive, const Proxy* through) {
  Text text(512);
  text << request.method << " ";
  if (through != nullptr) text << url.scheme << "://" << url.authority();
  text << url.prefix << request.target << " HTTP/1.1\r\n";
  text.field("Host", url.authority());
  for (const auto& [name, value] : request.headers) {
    if (!is_framing(name)) text.field(name, value);
  }
  if (through != nullptr && !through->authorization.empty()) {
    text.field("Proxy-Authorization", through->authorization.expose());  // goes to the proxy
  }
  // The server must see them: this is the one place where they leave.
  for (const auto& [name, value] : request.secret_headers) text.field(name, value.expose());
  const bool wants_length = !request.body.empty() || request.method == "POST" ||
                            request.method == "PUT" || request.method == "PATCH";
  if (wants_length) text << "Content-Length: " << request.body.size() << "\r\n";
  if (!keep_alive) text << "Connection: close\r\n";
  text << "\r\n";
  return text.take();
}

SecretBytes write_response_head(const Response& response, const AnswerFraming& framing) {
  const std::string_view phrase = reason_phrase(response.status);
  Text text(256);
  text << "HTTP/1.1 " << std::size_t{response.status} << " ";
  if (phrase.empty()) {
    text << "status code " << std::size_t{response.status};
  } else {
    text << phrase;
  }
  text << "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!is_framing(name)) text.field(name, value);
  }
  if (!framing.date.empty()) text.field("Date", framing.date);
  if (has_body(response.status)) text << "Content-Length: " << response.body.size() << "\r\n";
  if (!framing.keep_alive) text << "Connection: close\r\n";
  text << "\r\n";
  return text.take();
}

}  // namespace leasehold::http
