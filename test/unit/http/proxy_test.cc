// Which proxy, as Go's net/http decides it.
#include "leasehold/http/proxy.h"

#include <gtest/gtest.h>

namespace leasehold::http {
namespace {

struct ExceptRow {
  const char* except;
  const char* host;
  const char* port;
  bool excepted;
};
class ExceptTest : public testing::TestWithParam<ExceptRow> {};
TEST_P(ExceptTest, Decides) {
  const ExceptRow& row = GetParam();
  EXPECT_EQ(is_excepted(row.except, row.host, row.port), row.excepted) << row.except << " for " << row.host;
}
INSTANTIATE_TEST_SUITE_P(Rows, ExceptTest,
                         testing::Values(ExceptRow{"", "vault.test", "443", false},            //
                                         ExceptRow{"*", "vault.test", "443", true},            //
                                         ExceptRow{"vault.test", "vault.test", "443", true},   //
                                         ExceptRow{"VAULT.test", "vault.TEST", "443", true},   //
                                         ExceptRow{"test", "vault.test", "443", true},         //
                                         ExceptRow{"test", "vaulttest", "443", false},         //
                                         ExceptRow{".test", "vault.test", "443", true},        //
                                         ExceptRow{".test", "test", "443", false},             //
                                         ExceptRow{"*.test", "a.vault.test", "443", true},     //
                                         ExceptRow{"a, vault.test ,b", "vault.test", "1", true},
                                         ExceptRow{"vault.test:8200", "vault.test", "8200", true},
                                         ExceptRow{"vault.test:8200", "vault.test", "443", false},
                                         ExceptRow{"10.0.0.0/8", "10.1.2.3", "443", true},     //
                                         ExceptRow{"10.0.0.0/8", "11.1.2.3", "443", false},    //
                                         ExceptRow{"10.0.0.0/8", "vault.test", "443", false},  //
                                         ExceptRow{"10.0.0.0/99", "10.1.2.3", "443", false},   //
                                         ExceptRow{"10.1.2.3", "10.1.2.3", "443", true},       //
                                         ExceptRow{"10.1.2.3:8200", "10.1.2.3", "443", false}, //
                                         ExceptRow{"fd00::/8", "fd00::1", "443", true},        //
                                         ExceptRow{"[fd00::1]:8200", "fd00::1", "8200", true}, //
                                         ExceptRow{"fd00::1", "fd00::1", "443", true},         //
                                         ExceptRow{"[fd00::1", "fd00::1", "443", false},       //
                                         ExceptRow{",,:,", "vault.test", "443", false}));

std::string show(const Result<std::optional<Proxy>>& proxy) {
  if (!proxy) return proxy.error().message;
  if (!*proxy) return "none";
  return (**proxy).url.scheme + " " + (**proxy).url.host + " " + (**proxy).url.port + " " + (**proxy).user;
}

struct RuleRow {
  const char* name;
  ProxyRules rules;
  const char* target;
  const char* wanted;
};
class RuleTest : public testing::TestWithParam<RuleRow> {};
TEST_P(RuleTest, Chooses) {
  EXPECT_EQ(show(proxy_for(GetParam().rules, *parse_url(GetParam().target))), GetParam().wanted) << GetParam().name;
}
INSTANTIATE_TEST_SUITE_P(
    Rows, RuleTest,
    testing::Values(
        RuleRow{"nothing", {}, "https://vault.test", "none"},
        RuleRow{"by scheme", {.all = "", .http = "a:1", .https = "b:2", .except = ""}, "https://vault.test", "http b 2 "},
        RuleRow{"by scheme", {.all = "", .http = "a:1", .https = "b:2", .except = ""}, "http://vault.test", "http a 1 "},
        RuleRow{"all", {.all = "https://u:p@c", .http = "a:1", .https = "", .except = "*"}, "http://localhost", "https c 443 u"},
        RuleRow{"socks", {.all = "socks5://c", .http = "", .https = "", .except = ""}, "http://x", "socks5 c 1080 "},
        RuleRow{"this machine", {.all = "", .http = "a:1", .https = "a:1", .except = ""}, "http://localhost:8200", "none"},
        RuleRow{"this machine", {.all = "", .http = "a:1", .https = "a:1", .except = ""}, "https://127.9.9.9", "none"},
        RuleRow{"this machine", {.all = "", .http = "a:1", .https = "a:1", .except = ""}, "https://[::1]", "none"},
        RuleRow{"a socket", {.all = "a:1", .http = "", .https = "", .except = ""}, "unix:///run/x", "none"},
        RuleRow{"bad port", {.all = "http://u:canary@a:x", .http = "", .https = "", .except = ""}, "http://x",
                "invalid proxy address \"http://a:x\": parse \"http://a:x\": invalid port \":x\" after host"},
        RuleRow{"bad escape", {.all = "http://u:%zz@a", .http = "", .https = "", .except = ""}, "http://x",
                "invalid proxy address \"http://a\": user or password hold a wrong % escape"},
        RuleRow{"no host", {.all = "http://", .http = "", .https = "", .except = ""}, "http://x",
                "invalid proxy address \"http://\": http: no Host in request URL"},
        RuleRow{"scheme", {.all = "ftp://x", .http = "", .https = "", .except = ""}, "http://x",
                "invalid proxy address \"ftp://x\": its scheme is none of http, https, socks5, socks5h"}));

}  // namespace
}  // namespace leasehold::http
