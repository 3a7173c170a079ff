// Rounds of the election: looks at both locks, asks lock_plan, does what it says.
#include "leasehold/kube/elector.h"

#include <utility>

#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include "leasehold/base/scalars.h"
#include "lock_plan.h"

namespace leasehold::kube {
namespace {

using nlohmann::json;

/// A lock's verdict in one round.
enum class Held {
  Yes,
  No,
  NotOffered,  ///< RBAC forbids it, or this API server has no such thing
};

constexpr unsigned kForbidden = 403;
constexpr unsigned kMissing = 404;
constexpr unsigned kConflict = 409;

/// The API server takes times of a Lease with six decimals, no more and no less.
std::string micro_time(runtime::Clock::WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - second).count();
  constexpr std::size_t kDigits = 6;
  const std::string digits = std::to_string(micros);
  std::string text = format_rfc3339_nano(second);
  text.pop_back();  // Z
  return text + "." + std::string(kDigits - digits.size(), '0') + digits + "Z";
}

std::string lock_name() {
  return std::string(kLeaderLock);
}

}  // namespace

struct Elector::State {
  ElectorSetup setup;
  Client& client;
  runtime::Clock& clock;
  runtime::Dice dice;
  Candidate self;
  LeaseView lease;
  bool holds_lock = false;
  bool holds_lease = false;
  bool leads = false;
  runtime::Clock::TimePoint confirmed_at{};
  std::string problem;

  [[nodiscard]] std::string identity() const { return self.pod + "_" + self.uid; }
  [[nodiscard]] bool is_fresh() const {
    // A third of the Lease's time is the margin for calls that are under way when it ends.
    return clock.now() - confirmed_at < setup.lease_duration * 2 / 3;
  }

  net::awaitable<Result<void>> find_self();
  net::awaitable<Result<LockView>> look_at_lock();
  net::awaitable<Result<Held>> try_lock();
  net::awaitable<Result<Held>> act(LockView lock);
  net::awaitable<Result<Held>> create_lock();
  net::awaitable<Result<Held>> try_lease();
  net::awaitable<Result<Held>> write_lease(std::string holder, bool is_new);
  net::awaitable<Result<bool>> round();
  [[nodiscard]] json lease_object(const std::string& holder) const;
};

net::awaitable<Result<void>> Elector::State::find_self() {
  if (!self.uid.empty()) co_return Result<void>();
  const auto pod = co_await client.get(kPods, setup.name_space, setup.pod);
  if (!pod) co_return pod.error();
  if (!pod->ok()) co_return pod->failure("get pods \"" + setup.pod + "\"");
  self = {.pod = setup.pod, .uid = read_owner(*pod->body).uid};
  co_return Result<void>();
}

/// The lock with its owner and the owner's node.
net::awaitable<Result<LockView>> Elector::State::look_at_lock() {
  const auto found = co_await client.get(kConfigMaps, setup.name_space, lock_name());
  if (!found) co_return found.error();
  if (found->status == kMissing) co_return LockView{};
  if (!found->ok()) co_return found->failure("get configmaps \"" + lock_name() + "\"");
  LockView lock = read_lock(*found->body);
  if (lock.owner_pod.empty() || lock.owner_pod == self.pod) co_return lock;
  const auto owner = co_await client.get(kPods, setup.name_space, lock.owner_pod);
  if (!owner) co_return owner.error();
  if (owner->status == kMissing) co_return lock;
  if (!owner->ok()) co_return owner->failure("get pods \"" + lock.owner_pod + "\"");
  lock.owner = read_owner(*owner->body);
  if (lock.owner.node.empty()) co_return lock;
  const auto node = co_await client.get(kNodes, "", lock.owner.node);
  // Without the right to see nodes the owner is taken for alive.
  if (node && node->ok()) lock.owner.node_is_ready = read_node_ready(*node->body);
  co_return lock;
}

net::awaitable<Result<Held>> Elector::State::create_lock() {
  const json reference = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", self.pod}, {"uid", self.uid}};
  json object = {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata", {{"name", lock_name()}, {"namespace", setup.name_space}}}};
  object["metadata"]["ownerReferences"] = json::array({reference});
  const auto made = co_await client.create(kConfigMaps, setup.name_space, object);
  if (!made) co_return made.error();
  if (made->ok()) co_return Held::Yes;
  if (made->status == kConflict) co_return Held::No;  // somebody was faster
  if (made->status == kForbidden) co_return Held::NotOffered;
  co_return made->failure("create configmaps \"" + lock_name() + "\"");
}

net::awaitable<Result<Held>> Elector::State::act(LockView lock) {
  const LockStep step = plan_lock(lock, self);
  if (step == LockStep::Hold) co_return Held::Yes;
  if (step == LockStep::Follow) co_return Held::No;
  if (step == LockStep::Create) co_return co_await create_lock();
  if (step == LockStep::DeletePod || step == LockStep::DeleteBoth) {
    setup.log.info("the leader's pod is lost, deleting it", {{"pod", lock.owner_pod}});
    const auto gone =
        co_await client.remove(kPods, setup.name_space, lock.owner_pod, lock.owner.uid);
    if (!gone) co_return gone.error();
  }
  if (step == LockStep::DeleteLock || step == LockStep::DeleteBoth) {
    setup.log.info("the leader's pod is gone, deleting its lock", {{"pod", lock.owner_pod}});
    const auto gone = co_await client.remove(kConfigMaps, setup.name_space, lock_name(), lock.uid);
    if (!gone) co_return gone.error();
    // Without the right to delete, the garbage collector does it.
    if (gone->ok() || gone->status == kMissing) co_return co_await create_lock();
  }
  co_return Held::No;
}

net::awaitable<Result<Held>> Elector::State::try_lock() {
  const auto lock = co_await look_at_lock();
  if (lock) co_return co_await act(*lock);
  if (lock.error().kind == ErrorKind::Denied) co_return Held::NotOffered;
  co_return lock.error();
}

json Elector::State::lease_object(const std::string& holder) const {
  const std::string now = micro_time(clock.wall_now());
  json object = {{"apiVersion", "coordination.k8s.io/v1"},
                 {"kind", "Lease"},
                 {"metadata", {{"name", lock_name()}, {"namespace", setup.name_space}}},
                 {"spec",
                  {{"holderIdentity", holder},
                   {"leaseDurationSeconds", setup.lease_duration.count()},
                   {"renewTime", now}}}};
  if (lease.exists) object["metadata"]["resourceVersion"] = lease.version;
  return object;
}

net::awaitable<Result<Held>> Elector::State::write_lease(std::string holder, bool is_new) {
  const json object = lease_object(holder);
  const auto done = is_new ? co_await client.create(kLeases, setup.name_space, object)
                           : co_await client.update(kLeases, setup.name_space, object);
  if (!done) co_return done.error();
  if (done->ok()) {
    lease = read_lease(*done->body, lease, clock.now());
    co_return Held::Yes;
  }
  if (done->status == kConflict) co_return Held::No;
  if (done->status == kForbidden || done->status == kMissing) co_return Held::NotOffered;
  co_return done->failure("write leases \"" + lock_name() + "\"");
}

net::awaitable<Result<Held>> Elector::State::try_lease() {
  const auto found = co_await client.get(kLeases, setup.name_space, lock_name());
  if (!found) co_return found.error();
  if (found->status == kForbidden) co_return Held::NotOffered;
  if (found->ok()) {
    lease = read_lease(*found->body, lease, clock.now());
  } else if (found->status == kMissing) {
    lease = LeaseView{};
  } else {
    co_return found->failure("get leases \"" + lock_name() + "\"");
  }
  const LeaseStep step = plan_lease(lease, identity(), clock.now());
  if (step == LeaseStep::Wait) co_return Held::No;
  co_return co_await write_lease(identity(), step == LeaseStep::Create);
}

/// The ConfigMap first: who has it not leaves the Lease to its owner.
net::awaitable<Result<bool>> Elector::State::round() {
  if (auto done = co_await find_self(); !done) co_return done.error();
  const auto begun = clock.now();
  const auto lock = co_await try_lock();
  if (!lock) co_return lock.error();
  holds_lock = *lock == Held::Yes;
  if (*lock == Held::No) {
    if (holds_lease) (void)co_await write_lease("", false);
    holds_lease = false;
    co_return false;
  }
  const auto held = co_await try_lease();
  if (!held) co_return held.error();
  holds_lease = *held == Held::Yes;
  if (*lock == Held::NotOffered && *held == Held::NotOffered) {
    co_return denied("neither the ConfigMap nor the Lease \"" + lock_name() +
                     "\" may be held: see RBAC (configmaps or leases: get, create, update)");
  }
  if (*held == Held::No) co_return false;
  confirmed_at = begun;  // the locks were ours at least since then
  co_return true;
}

Elector::Elector(ElectorSetup setup, Client& client, runtime::Clock& clock, runtime::Dice dice)
    : state_(new State{.setup = std::move(setup),
                       .client = client,
                       .clock = clock,
                       .dice = std::move(dice),
                       .self = {},
                       .lease = {},
                       .problem = ""}) {}
Elector::~Elector() = default;

net::awaitable<void> Elector::run(std::function<void()> on_change) {
  co_await net::this_coro::throw_if_cancelled(false);
  State& state = *state_;
  for (;;) {  // ends by cancellation: sleep_for answers false
    const bool before = is_leader();
    const auto won = co_await state.round();
    if (won) {
      state.leads = *won;
      state.problem.clear();
    } else if (won.error().kind != ErrorKind::Cancelled) {
      // The locks may still be ours; is_leader() stops saying so when that is too old.
      if (state.problem != won.error().message) {
        state.setup.log.error("election failed, trying again", {{"error", won.error().message}});
      }
      state.problem = won.error().message;
    }
    if (before != is_leader()) on_change();
    const auto pause = is_leader() ? state.setup.leader_pause : state.setup.follower_pause;
    const auto jittered = std::chrono::duration_cast<std::chrono::milliseconds>(pause) * 4 / 5 +
                          std::chrono::milliseconds(static_cast<int>(state.dice() * 400));
    if (!co_await state.clock.sleep_for(jittered)) co_return;
  }
}

bool Elector::is_leader() const {
  return state_->leads && state_->is_fresh();
}

net::awaitable<void> Elector::release() {
  State& state = *state_;
  if (!is_leader()) co_return;
  state.leads = false;
  if (state.holds_lease) (void)co_await state.write_lease("", false);
  if (!state.holds_lock) co_return;
  const auto lock = co_await state.look_at_lock();
  if (lock && lock->exists && lock->owner_uid == state.self.uid) {
    (void)co_await state.client.remove(kConfigMaps, state.setup.name_space, lock_name(), lock->uid);
  }
}

const std::string& Elector::problem() const {
  return state_->problem;
}

}  // namespace leasehold::kube
