// Which type of mount is served by which engine.
#include "approle_auth.h"
#include "core.h"
#include "database_engine.h"
#include "identity_engine.h"
#include "jwt_auth.h"
#include "kubernetes_auth.h"
#include "kv1.h"
#include "kv2.h"
#include "leasehold/base/scalars.h"
#include "sys_engine.h"
#include "token_engine.h"
#include "userpass_auth.h"

namespace leasehold::devvault {
namespace {

template <class E>
std::unique_ptr<Engine> make(State& state, const Mount& /*mount*/) {
  return std::make_unique<E>(state);
}

std::unique_ptr<Engine> make_kv(State& state, const Mount& mount) {
  if (text_member(mount.options, "version") == "2") {
    return std::make_unique<Kv2Engine>(state);
  }
  auto leased = parse_bool(text_member(mount.options, "leased_passthrough"));
  return std::make_unique<Kv1Engine>(state, leased && *leased);
}

struct Row {
  bool auth;
  std::string_view type;
  std::unique_ptr<Engine> (*make)(State&, const Mount&);
};

constexpr Row kEngines[] = {
    {false, "kv", make_kv},
    {false, "generic", make_kv},
    {false, "database", make<DatabaseEngine>},
    {false, "system", make<SysEngine>},
    {false, "cubbyhole", make<CubbyholeEngine>},
    {false, "identity", make<IdentityEngine>},
    {true, "token", make<TokenEngine>},
    {true, "kubernetes", make<KubernetesAuth>},
    {true, "approle", make<ApproleAuth>},
    {true, "jwt", make<JwtAuth>},
    {true, "userpass", make<UserpassAuth>},
};

}  // namespace

std::unique_ptr<Engine> make_engine(State& state, const Mount& mount) {
  for (const Row& row : kEngines) {
    if (row.auth == mount.auth && row.type == mount.type) {
      return row.make(state, mount);
    }
  }
  return nullptr;
}

}  // namespace leasehold::devvault
