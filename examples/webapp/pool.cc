#include "pool.h"

#include <algorithm>
#include <utility>

namespace webapp {
namespace {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, FreeResult>;

constexpr const char* kConnectSeconds = "3";

std::string without_newlines(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

ConnectionHandle open_connection(const Server& server, const Credentials& login) {
  const char* const names[] = {"host", "port", "dbname", "user", "password", "connect_timeout",
                               "application_name", nullptr};
  const char* const values[] = {server.host.c_str(), server.port.c_str(), server.database.c_str(),
                                login.username.c_str(), login.password.c_str(), kConnectSeconds,
                                "webapp", nullptr};
  return ConnectionHandle(PQconnectdbParams(names, values, 0));
}

}  // namespace

Pool::Pool(Server server, std::size_t size, Credentials first)
    : server_(std::move(server)), credentials_(std::move(first)), slots_(size) {}

void Pool::set_credentials(Credentials credentials) {
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
}

Pool::Slot& Pool::borrow(Credentials& wanted) {
  std::unique_lock lock(mutex_);
  auto free_slot = slots_.end();
  returned_.wait(lock, [&] {
    free_slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.lent; });
    return free_slot != slots_.end();
  });
  free_slot->lent = true;
  wanted = credentials_;
  return *free_slot;
}

void Pool::give_back(Slot& slot) {
  {
    const std::lock_guard lock(mutex_);
    slot.lent = false;
  }
  returned_.notify_one();
}

Outcome Pool::make_ready(Slot& slot, const Credentials& wanted) {
  if (slot.connection && slot.login == wanted) return {.ok = true, .error = {}, .username = {}};
  // Make before break: the old connection goes only when the new one stands.
  ConnectionHandle fresh = open_connection(server_, wanted);
  if (PQstatus(fresh.get()) != CONNECTION_OK) {
    return {.ok = false, .error = without_newlines(PQerrorMessage(fresh.get())),
            .username = wanted.username};
  }
  slot.connection = std::move(fresh);
  slot.login = wanted;
  return {.ok = true, .error = {}, .username = {}};
}

Outcome Pool::run(const char* statement, const std::vector<std::string>& parameters) {
  Credentials wanted;
  Slot& slot = borrow(wanted);
  Outcome outcome = make_ready(slot, wanted);
  if (outcome.ok) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    const ResultHandle result(PQexecParams(slot.connection.get(), statement,
                                           static_cast<int>(values.size()), nullptr, values.data(),
                                           nullptr, nullptr, 0));
    const ExecStatusType status = PQresultStatus(result.get());
    outcome.username = slot.login.username;
    outcome.ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!outcome.ok) {
      outcome.error = without_newlines(PQerrorMessage(slot.connection.get()));
      slot.connection.reset();
    }
  }
  give_back(slot);
  return outcome;
}

}  // namespace webapp
