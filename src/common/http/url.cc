// URLs of servers. Reads what Go's net/url reads and refuses in its words, because addresses and
// error texts come from users of the replaced software.
#include <algorithm>

#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"
#include "leasehold/http/url.h"

namespace leasehold::http {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Error refuse(std::string_view text, const std::string& reason) {
  return invalid("parse " + go_quote(text) + ": " + reason);
}

/// The scheme's length; 0 = none. npos = a colon where a scheme should be.
std::size_t scheme_size(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter(c)) continue;
    if (is_digit(c) || c == '+' || c == '-' || c == '.') {
      if (i == 0) return 0;
      continue;
    }
    if (c == ':') return i == 0 ? std::string_view::npos : i;
    return 0;
  }
  return 0;
}

bool is_host_character(char c) {
  // Go lets these and all bytes that are no ASCII through.
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:[]<>\"%";
  return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
         kOthers.find(c) != std::string_view::npos;
}

/// Fills host and port from `host`, `host:port`, `[v6]:port`. Returns a reason or "".
std::string read_authority(std::string_view authority, Url& url) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.rfind(']');
    if (end == std::string_view::npos) return "missing ']' in host";
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (const auto colon = authority.rfind(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (!port.empty() && (port.front() != ':' || !std::ranges::all_of(port.substr(1), is_digit))) {
    return "invalid port " + go_quote(port) + " after host";
  }
  for (const char& c : host) {
    if (!is_host_character(c)) {
      return "invalid character " + go_quote(std::string_view(&c, 1)) + " in host name";
    }
  }
  auto decoded = percent_decode(host);
  if (!decoded) return decoded.error().message;
  url.host = *std::move(decoded);
  if (port.size() > 1) url.port = port.substr(1);
  return {};
}

Result<void> read_network(std::string_view text, std::string_view rest, Url& url) {
  if (!rest.starts_with("//")) return invalid("http: no Host in request URL");
  rest.remove_prefix(2);
  const auto slash = rest.find('/');
  const auto reason = read_authority(rest.substr(0, slash), url);
  if (!reason.empty()) return refuse(text, reason);
  if (url.host.empty()) return invalid("http: no Host in request URL");
  url.port_given = !url.port.empty();
  if (!url.port_given) url.port = url.scheme == "https" ? "443" : "80";
  if (url.port.size() > 5 || std::stoul(url.port) > 65535) {
    return invalid("dial tcp: address " + url.port + ": invalid port");
  }
  if (slash == std::string_view::npos) return {};
  std::string_view path = rest.substr(slash);
  if (const auto decoded = percent_decode(path); !decoded) {
    return refuse(text, decoded.error().message);
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  // The path goes to the wire as it stands, where a blank would end it.
  url.prefix = percent_encode(path, "/%:@!$&'()*+,;=");
  return {};
}

}  // namespace

std::string Url::authority() const {
  if (scheme == "unix") return "localhost";
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string text = is_v6 ? "[" + host + "]" : host;
  const std::string_view usual = scheme == "https" ? "443" : "80";
  if (port != usual) text += ":" + port;
  return text;
}

Result<Url> parse_url(std::string_view text) {
  const std::string_view whole = text;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, is_control)) {
    return refuse(whole, "net/url: invalid control character in URL");
  }
  text = text.substr(0, text.find('#'));
  const auto size = scheme_size(text);
  if (size == std::string_view::npos) return refuse(whole, "missing protocol scheme");
  Url url;
  url.scheme = to_lower(text.substr(0, size));
  std::string_view rest = size == 0 ? text : text.substr(size + 1);
  if (size == 0 && rest.substr(0, rest.find_first_of("/?")).find(':') != std::string_view::npos) {
    return refuse(whole, "first path segment in URL cannot contain colon");
  }
  if (url.scheme == "unix") {
    if (rest.starts_with("//")) rest.remove_prefix(2);
    if (rest.empty()) return invalid("no path in socket address " + go_quote(whole));
    url.host = rest;
    return url;
  }
  if (url.scheme != "http" && url.scheme != "https") {
    return invalid("unsupported protocol scheme " + go_quote(url.scheme));
  }
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    url.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  auto done = read_network(whole, rest, url);
  if (!done) return done.error();
  return url;
}

}  // namespace leasehold::http
