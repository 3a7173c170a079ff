#include "leasehold/base/command_hint.h"

#include <string>

#include <gtest/gtest.h>

namespace leasehold {
namespace {

struct Row {
  const char* command;
  const char* notify;
};

TEST(CommandHint, TheNotifyThatReplacesACommand) {
  constexpr Row kRows[] = {
      // The three of the injector's recorded pods.
      {"/bin/sh -c \"kill -HUP $(pidof web)\"", R"(notify { signal = "SIGHUP"  process = "web" })"},
      {"sh -c \"kill -HUP $(pgrep -o postgres)\"", R"(notify { signal = "SIGHUP"  process = "postgres" })"},
      {"nginx -s reload", R"(notify { signal = "SIGHUP"  process = "nginx" })"},
      // What examples and questions of users show.
      {"kill -HUP $(pidof orders) || true", R"(notify { signal = "SIGHUP"  process = "orders" })"},
      {"sh -c 'kill -s USR1 `pidof app`'", R"(notify { signal = "SIGUSR1"  process = "app" })"},
      {"kill $(pidof app)", R"(notify { signal = "SIGTERM"  process = "app" })"},
      {"kill -9 $(pgrep -f app)", R"(notify { signal = "SIGKILL"  process = "app" })"},
      {"pkill -SIGHUP -x vector", R"(notify { signal = "SIGHUP"  process = "vector" })"},
      {"killall -s HUP prometheus", R"(notify { signal = "SIGHUP"  process = "prometheus" })"},
      {"/usr/sbin/nginx -s reload", R"(notify { signal = "SIGHUP"  process = "nginx" })"},
      {"curl -X POST http://127.0.0.1:9090/-/reload", R"(notify { http = "http://127.0.0.1:9090/-/reload" })"},
      {"curl -s -XPUT http://localhost/reload", R"(notify { http = "http://localhost/reload"  method = "PUT" })"},
      {"wget -qO- --post-data='' http://127.0.0.1:8080/-/reload", R"(notify { http = "http://127.0.0.1:8080/-/reload" })"},
      {"wget -q http://127.0.0.1/", R"(notify { http = "http://127.0.0.1/"  method = "GET" })"},
  };
  for (const Row& row : kRows) EXPECT_EQ(notify_instead(row.command), row.notify) << row.command;
}

TEST(CommandHint, NothingForWhatDoesMoreOrOtherThings) {
  constexpr const char* kRows[] = {
      "", "   ", "'", "sh -c", "sh -c ''", "kill", "kill -HUP 1", "kill -HUP $PID", "kill -HUP $(cat /run/app.pid)",
      "kill -HUP $(pidof a) $(pidof b)", "kill -HUP $(pidof a); touch /tmp/done", "kill -HUP $(pidof a) && touch b",
      "chmod 600 /vault/secrets/key", "cat /vault/secrets/a | tee /b", "nginx -t", "nginx", "curl https://127.0.0.1/",
      "curl http://a/ http://b/", "pkill -HUP \xC3\xA4", "curl http://a/$TOKEN", "curl http://a/$(hostname)", "pkill -HUP $NAME", "pkill -HUP ${NAME}", "kill -HUP $(pidof a) & true || false",
      "|| true", "exec", "|| kill -HUP $(pidof a)",
  };
  for (const char* command : kRows) EXPECT_EQ(notify_instead(command), "") << command;
  EXPECT_EQ(notify_instead(std::string(100'000, 'a')), "");
  EXPECT_EQ(notify_instead("pkill " + std::string(100'000, 'a')), "");
}

}  // namespace
}  // namespace leasehold
