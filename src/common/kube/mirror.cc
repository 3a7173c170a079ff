// The loop around list and watch; what to do next is watch_plan's affair.
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include "json_text.h"
#include "leasehold/kube/watch.h"
#include "watch_plan.h"

namespace leasehold::kube {
namespace {

constexpr unsigned kGone = 410;
/// A watch that lasted so long had begun well.
constexpr std::chrono::seconds kQuietWatch{60};
/// Pages of a list, 500 objects each.
constexpr int kPagesMax = 200;

std::string key_of(const nlohmann::json& object) {
  return text_at(object, "/metadata/namespace") + "/" + text_at(object, "/metadata/name");
}

}  // namespace

struct Mirror::State {
  MirrorSetup setup;
  Client& client;
  runtime::Clock& clock;
  runtime::Dice dice;
  WatchPlan plan;
  Objects objects;
  bool filled = false;
  std::string problem;
  std::function<void()> on_change;

  void fail(const Error& error) {
    if (error.kind == ErrorKind::Cancelled) return;
    // Once for each kind of trouble, not once for each try.
    if (problem != error.message) {
      setup.log.warn("cannot follow the API server",
                     {{"resource", setup.resource.plural}, {"error", error.message}});
    }
    problem = error.message;
    plan.ended(Ending::Failed);
    on_change();
  }

  void apply(const Event& event) {
    if (event.type == EventType::Error) {
      const auto code = event.object->find("code");
      const bool is_gone = code != event.object->end() && code->is_number() && *code == kGone;
      plan.ended(is_gone ? Ending::Expired : Ending::Failed);
      return;
    }
    plan.reached(text_at(*event.object, "/metadata/resourceVersion"));
    if (event.type == EventType::Bookmark) return;
    if (event.type == EventType::Deleted) {
      objects.erase(key_of(*event.object));
    } else {
      objects.insert_or_assign(key_of(*event.object), event.object);
    }
    on_change();
  }

  net::awaitable<void> list();
  net::awaitable<void> watch(WatchStep step);
};

net::awaitable<void> Mirror::State::list() {
  Objects all;
  Selection selection{.name_space = setup.name_space, .fields = setup.fields, .resource_version = "", .continued = ""};
  std::string version;
  for (int page = 0; page < kPagesMax; ++page) {
    const auto answer = co_await client.list(setup.resource, selection);
    if (!answer) co_return fail(answer.error());
    if (!answer->ok()) {
      co_return fail(answer->failure("list " + std::string(setup.resource.plural)));
    }
    const nlohmann::json& body = *answer->body;
    if (body.contains("items") && body["items"].is_array()) {
      for (const auto& item : body["items"]) {
        all.insert_or_assign(key_of(item), std::make_shared<const nlohmann::json>(item));
      }
    }
    version = text_at(body, "/metadata/resourceVersion");
    selection.continued = text_at(body, "/metadata/continue");
    if (selection.continued.empty()) break;
  }
  objects = std::move(all);
  filled = true;
  problem.clear();
  plan.listed(version, clock.now());
  on_change();
}

net::awaitable<void> Mirror::State::watch(WatchStep step) {
  EventReader reader;
  Result<void> read;
  Selection selection{.name_space = setup.name_space, .fields = setup.fields, .resource_version = step.version, .continued = ""};
  bool told_error = false;
  const http::BodySink sink = [&](std::string_view bytes) {
    read = reader.feed(bytes, [&](const Event& event) {
      told_error = told_error || event.type == EventType::Error;
      apply(event);
    });
    return read.has_value() && !told_error;
  };
  const auto begun = clock.now();
  const auto answer = co_await client.watch(setup.resource, selection, step.lasting, sink);
  if (!answer) {
    // A quiet watch ends by our own time-out where the server sends no bookmarks: no trouble.
    const bool was_quiet = answer.error().kind == ErrorKind::Transient && clock.now() - begun >= kQuietWatch;
    co_return was_quiet ? plan.ended(Ending::Fine) : fail(answer.error());
  }
  if (answer->status == kGone) co_return plan.ended(Ending::Expired);
  if (!answer->ok()) {
    co_return fail(answer->failure("watch " + std::string(setup.resource.plural)));
  }
  if (!read) co_return fail(read.error());
  if (!told_error) plan.ended(Ending::Fine);
}

Mirror::Mirror(MirrorSetup setup, Client& client, runtime::Clock& clock, runtime::Dice dice)
    : state_(new State{.setup = std::move(setup),
                       .client = client,
                       .clock = clock,
                       .dice = std::move(dice),
                       .plan = WatchPlan(std::chrono::seconds(0)),
                       .objects = {},
                       .problem = "",
                       .on_change = nullptr}) {
  state_->plan = WatchPlan(state_->setup.resync);
}
Mirror::~Mirror() = default;

net::awaitable<void> Mirror::run(std::function<void()> on_change) {
  co_await net::this_coro::throw_if_cancelled(false);
  State& state = *state_;
  state.on_change = std::move(on_change);
  for (;;) {  // ends by cancellation: sleep_for answers false
    const WatchStep step = state.plan.next(state.clock.now(), state.dice());
    if (!co_await state.clock.sleep_for(step.pause)) co_return;
    if (step.list) {
      co_await state.list();
    } else {
      co_await state.watch(step);
    }
  }
}

const Objects& Mirror::objects() const {
  return state_->objects;
}
bool Mirror::is_filled() const {
  return state_->filled;
}
const std::string& Mirror::problem() const {
  return state_->problem;
}

}  // namespace leasehold::kube
