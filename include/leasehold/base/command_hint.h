// What a command that tells a program of a changed file is meant to do, and the notify block that does
// the same without a shell. For lint and explain.
#pragma once

#include <string>
#include <string_view>

namespace leasehold {

/// `notify { signal = "SIGHUP"  process = "nginx" }` for `kill -HUP $(pidof nginx)`, `nginx -s reload`,
/// `curl -X POST http://127.0.0.1:8080/-/reload` and the like, also inside `sh -c "..."`; "" when the
/// command is none of these. Only names and addresses of plain characters are taken over.
std::string notify_instead(std::string_view command);

}  // namespace leasehold
