#include "url.h"

#include <algorithm>
#include <optional>

#include "leasehold/base/text.h"

namespace leasehold::gofuncs {

namespace {

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

/// Decodes %XX. Error: `invalid URL escape "%zz"`.
Result<std::string> unescape(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  std::string out;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (text[index] != '%') {
      out.push_back(text[index]);
      continue;
    }
    if (index + 2 >= text.size() || !is_hex(text[index + 1]) || !is_hex(text[index + 2])) {
      return invalid("invalid URL escape " + go_quote(text.substr(index, 3)));
    }
    out.push_back(static_cast<char>(hex_value(text[index + 1]) * 16 + hex_value(text[index + 2])));
    index += 2;
  }
  return out;
}

/// Takes "scheme:" off the front.
Result<std::string> take_scheme(std::string_view& text) {
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char c = text[index];
    if (is_alpha(c)) continue;
    if (is_digit(c) || c == '+' || c == '-' || c == '.') {
      if (index == 0) return std::string();
      continue;
    }
    if (c != ':') return std::string();
    if (index == 0) return invalid("missing protocol scheme");
    std::string scheme = to_lower(text.substr(0, index));
    text.remove_prefix(index + 1);
    return scheme;
  }
  return std::string();
}

bool valid_userinfo(std::string_view text) {
  static constexpr std::string_view kOthers = "-._:~!$&'()*+,;=%@";
  return std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || kOthers.find(c) != std::string_view::npos;
  });
}

bool valid_port(std::string_view text) {
  return text.empty() || (text[0] == ':' && std::ranges::all_of(text.substr(1), is_digit));
}

Result<std::string> parse_host(std::string_view host, const std::string& scheme) {
  if (host.starts_with('[')) {
    const std::size_t close = host.rfind(']');
    if (close == std::string_view::npos) return invalid("missing ']' in host");
    if (!valid_port(host.substr(close + 1))) {
      return invalid("invalid port " + go_quote(host.substr(close + 1)) + " after host");
    }
  } else if (const bool web = scheme == "http" || scheme == "https"; host.find(':') != std::string_view::npos) {
    const std::size_t colon = web ? host.find(':') : host.rfind(':');
    if (!valid_port(host.substr(colon))) {
      return invalid("invalid port " + go_quote(host.substr(colon)) + " after host");
    }
  }
  static constexpr std::string_view kBad = " \"<>\\^`{|}";
  for (const char c : host) {
    if (kBad.find(c) != std::string_view::npos) {
      return invalid("invalid character " + go_quote(std::string(1, c)) + " in host name");
    }
  }
  return unescape(host);
}

Result<void> parse_authority(Url& url, std::string_view text) {
  url.has_authority = true;
  const std::size_t at = text.rfind('@');
  auto host = parse_host(at == std::string_view::npos ? text : text.substr(at + 1), url.scheme);
  if (!host) return host.error();
  url.host = *std::move(host);
  if (at == std::string_view::npos) return {};
  const std::string_view userinfo = text.substr(0, at);
  if (!valid_userinfo(userinfo)) return invalid("net/url: invalid userinfo");
  url.has_userinfo = true;
  const std::size_t colon = userinfo.find(':');
  auto user = unescape(userinfo.substr(0, colon));
  if (!user) return user.error();
  url.user = *std::move(user);
  if (colon == std::string_view::npos) return {};
  auto password = unescape(userinfo.substr(colon + 1));
  if (!password) return password.error();
  url.has_password = true;
  url.password = *std::move(password);
  return {};
}

Result<Url> parse_parts(std::string_view text) {
  Url url;
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return invalid("net/url: invalid control character in URL");
  }
  std::string_view fragment;
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  auto scheme = take_scheme(text);
  if (!scheme) return scheme.error();
  url.scheme = *std::move(scheme);
  if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (!text.starts_with('/')) {
    if (!url.scheme.empty()) {
      url.opaque = text;
      text = {};
    } else if (text.substr(0, text.find('/')).find(':') != std::string_view::npos) {
      return invalid("first path segment in URL cannot contain colon");
    }
  } else if (text.starts_with("//") && (!url.scheme.empty() || !text.starts_with("///"))) {
    const std::string_view rest = text.substr(2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (auto done = parse_authority(url, rest.substr(0, slash)); !done) return done.error();
    text = rest.substr(slash);
  }
  auto path = unescape(text);
  if (!path) return path.error();
  url.path = *std::move(path);
  auto decoded = unescape(fragment);
  if (!decoded) return decoded.error();
  url.fragment = *std::move(decoded);
  return url;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  auto url = parse_parts(text);
  if (!url) return invalid("parse " + go_quote(text) + ": " + url.error().message);
  return url;
}

}  // namespace leasehold::gofuncs
