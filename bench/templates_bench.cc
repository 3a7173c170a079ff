// How long one rendering takes: parse and execute, and execute alone, in CPU time of one thread; and
// how much memory a rendering takes over its output. Run by bench/templates.sh.
//   templates_bench SECONDS FILE...   files of test/golden/templates/bench: template, data, output
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <string>

#include <malloc.h>
#include <nlohmann/json.hpp>

#include "leasehold/gofuncs/render.h"

namespace {

using leasehold::gofuncs::Dependency;
using leasehold::gofuncs::Template;
using leasehold::gotemplate::Value;
using nlohmann::json;

/// What operator new has handed out and not got back while counting.
bool counting = false;
std::size_t live_bytes = 0;
std::size_t peak_bytes = 0;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

class Answers final : public leasehold::gofuncs::DataSource {
 public:
  explicit Answers(const json& test) {
    for (const auto& [path, body] : test.at("secrets").items()) {
      const auto value = leasehold::gofuncs::parse_secret(body.is_string() ? body.get<std::string>() : body.dump());
      values_["vault.read(" + path + ")"] = *value;
    }
  }
  [[nodiscard]] const Value* find(const Dependency& dependency) const override {
    const auto place = values_.find(dependency.name);
    return place == values_.end() ? nullptr : &place->second;
  }

 private:
  std::map<std::string, Value> values_;
};

struct Bench {
  explicit Bench(const json& test) : answers(test), environment(test.value("env", json::object())), wanted(test.at("output")) {
    options.contents = test.at("template");
    host.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto place = environment.find(std::string(name));
      return place == environment.end() ? std::nullopt : std::optional(place->get<std::string>());
    };
  }
  void render(Template& parsed) const {
    const auto pass = parsed.render(answers);
    if (pass.error || pass.text.expose() != wanted) {
      std::fprintf(stderr, "templates_bench: wrong output\n");
      std::exit(1);
    }
  }
  [[nodiscard]] std::unique_ptr<Template> parse() const { return Template::create(options, host); }

  Answers answers;
  json environment;
  std::string wanted;
  leasehold::gofuncs::TemplateOptions options;
  leasehold::gofuncs::Host host;
};

template <class Action>
double microseconds(double seconds, Action action) {
  std::uint64_t rounds = 0;
  const double start = cpu_seconds();
  double spent = 0;
  while (spent < seconds) {
    for (int i = 0; i < 16; ++i) action();
    rounds += 16;
    spent = cpu_seconds() - start;
  }
  return spent * 1e6 / static_cast<double>(rounds);
}

}  // namespace

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  if (counting) {
    live_bytes += malloc_usable_size(memory);
    peak_bytes = std::max(peak_bytes, live_bytes);
  }
  return memory;
}
void operator delete(void* memory) noexcept {
  if (counting) live_bytes -= std::min(live_bytes, malloc_usable_size(memory));
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: templates_bench SECONDS FILE...\n");
    return 2;
  }
  const double seconds = std::atof(argv[1]);
  for (int index = 2; index < argc; ++index) {
    std::ifstream file(argv[index]);
    const json test = json::parse(file);
    const Bench bench(test);
    const auto parsed = bench.parse();
    bench.render(*parsed);
    live_bytes = peak_bytes = 0;
    counting = true;
    bench.render(*parsed);
    counting = false;
    const std::size_t extra = peak_bytes - std::min(peak_bytes, bench.wanted.size());
    const double both = microseconds(seconds, [&] { bench.render(*bench.parse()); });
    const double once = microseconds(seconds, [&] { bench.render(*parsed); });
    std::printf("%-28s parse+execute %9.2f us   execute %9.2f us   memory over the output %7.1f kB\n",
                test.at("name").get<std::string>().c_str(), both, once, static_cast<double>(extra) / 1024);
  }
  return 0;
}
