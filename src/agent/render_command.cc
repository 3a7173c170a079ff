#include "render_command.h"

#include <cstdio>
#include <memory>

#include "agent_flags.h"
#include "command_line.h"
#include "config.h"
#include "destination.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/files.h"
#include "render_once.h"
#include "sample_data.h"
#include "server_answers.h"
#include "template_text.h"

namespace leasehold::agent {
namespace {

using flags::Kind;
using flags::Row;

constexpr std::string_view kStandardInput = "/dev/stdin";

// clang-format off
constexpr Row kRenderRows[] = {
    {"template", Kind::List, "", "", "Template file, or SOURCE:DESTINATION as consul-template has it; - reads standard input. Plain arguments are templates too."},
    {"config", Kind::List, "", "", "Agent configuration: its templates are rendered, its vault and auto_auth blocks are used."},
    {"data", Kind::List, "", "", "Sample data, YAML or JSON: path to answer. No server is asked then."},
    {"out", Kind::Text, "", "", "Write here instead of to standard output; with one template only."},
    {"write", Kind::Boolean, "false", "", "Write each template to its destination, as the agent would; no commands are run."},
    {"watch", Kind::Boolean, "false", "", "Show each pass, what each template waits for, and each answer, on standard error."},
    {"left-delimiter", Kind::Text, "{{", "", "Opens an action (not for templates of -config)."},
    {"right-delimiter", Kind::Text, "}}", "", "Closes an action (not for templates of -config)."},
    {"error-on-missing-key", Kind::Boolean, "false", "", "A missing key is an error instead of <no value> (not for templates of -config)."},
};
// clang-format on

constexpr const char* kIntroduction =
    "Usage: leasehold-agent render [options] [TEMPLATE...]\n\n"
    "Renders templates once: with sample data (-data), or from a server, as the agent would.\n"
    "The token comes from auto_auth of -config, else from VAULT_TOKEN or ~/.vault-token; it is "
    "not\n"
    "revoked, since what was rendered may hang on it.\n\n"
    "  leasehold-agent render -data sample.yaml app.tmpl\n"
    "  leasehold-agent render -config agent.hcl -data sample.yaml -watch\n"
    "  VAULT_ADDR=... VAULT_TOKEN=... leasehold-agent render app.tmpl:/tmp/app.conf -write\n\n"
    "Exit status: 0 all rendered, 1 not all, 2 wrong usage.\n\nOptions:\n";

std::vector<Row> render_flags() {
  std::vector<Row> rows(std::begin(kRenderRows), std::end(kRenderRows));
  const auto shared = connection_flags();
  rows.insert(rows.end(), shared.begin(), shared.end());
  return rows;
}

TemplateBlock block_of(const std::string& spec, const flags::Parsed& given) {
  TemplateBlock block;
  const std::size_t colon = spec.find(':');
  block.source = spec.substr(0, colon);
  if (colon != std::string::npos) block.destination = spec.substr(colon + 1);
  if (block.source == "-") block.source = kStandardInput;
  block.left_delimiter = given.last("left-delimiter").value_or("");
  block.right_delimiter = given.last("right-delimiter").value_or("");
  block.error_on_missing_key = is_on(given, "error-on-missing-key");
  return block;
}

/// What to render; blocks and jobs have the same order.
struct Work {
  AgentConfig config;
  std::vector<TemplateBlock> blocks;
  std::vector<RenderJob> jobs;
};

gofuncs::Host host_of(const flags::Environment& environment) {
  return {.environment = environment,
          .now = [] { return runtime::RealClock().wall_now(); },
          .standard_output =
              [](std::string_view text) {
                std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
              },
          .time_zone = environment("TZ").value_or("")};
}

Result<void> add_job(Work& work, const TemplateBlock& block,
                     const flags::Environment& environment) {
  auto text = template_text(block);
  if (!text) return text.error();
  RenderJob job;
  job.label = block.source.empty()
                  ? "contents of " + (block.destination.empty() ? "template" : block.destination)
                  : block.source;
  job.parsed =
      gofuncs::Template::create(template_options(block, *std::move(text)), host_of(environment));
  work.jobs.push_back(std::move(job));
  return {};
}

Result<void> add_samples(SampleData& samples, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const auto text = runtime::read_file(file, limits::kConfigFileBytesMax);
    if (!text) return text.error().in("read sample data");
    const auto added = samples.add(file, *text);
    if (!added) return added;
  }
  return {};
}

Result<Work> collect(const flags::Parsed& given, const flags::Environment& environment) {
  Work work;
  if (given.has("config")) {
    auto loaded = read_config(values_of(given, "config"));
    if (!loaded) return loaded.error();
    work.config = std::move(loaded->config);
    work.blocks = work.config.templates;
  }
  for (const std::string& spec : values_of(given, "template"))
    work.blocks.push_back(block_of(spec, given));
  for (const std::string& spec : given.positional) work.blocks.push_back(block_of(spec, given));
  for (const TemplateBlock& block : work.blocks) {
    const auto added = add_job(work, block, environment);
    if (!added) return added.error();
  }
  return work;
}

/// As -watch shows it.
void say(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
}

Result<void> render_all(Work& work, const flags::Parsed& given,
                        const flags::Environment& environment) {
  const Watcher watcher = is_on(given, "watch") ? Watcher(say) : Watcher();
  if (given.has("data")) {
    SampleData samples;
    const auto added = add_samples(samples, values_of(given, "data"));
    if (!added) return added;
    render_once(
        work.jobs, [&](const gofuncs::Dependency& wanted) { return samples.answer(wanted); },
        watcher);
    return {};
  }
  // Nobody is asked before a template asks: those without secrets need neither server nor token.
  std::unique_ptr<ServerAnswers> server;
  std::optional<Error> refused;
  render_once(
      work.jobs,
      [&](const gofuncs::Dependency& wanted) -> Result<gotemplate::Value> {
        if (!server && !refused) {
          auto connected = ServerAnswers::create(work.config, given, environment);
          if (connected) {
            server = *std::move(connected);
          } else {
            refused = connected.error();
          }
        }
        if (refused) return *refused;
        return server->answer(wanted);
      },
      watcher);
  return {};
}

void print(const SecretString& text) {
  const std::string_view bytes = text.expose();  // expose(): the output is what the user asked for
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

/// Writes what was rendered; false when something failed.
bool deliver(const Work& work, const flags::Parsed& given) {
  bool good = true;
  const auto fail = [&](const std::string& message) {
    say(message);
    good = false;
  };
  for (std::size_t i = 0; i < work.jobs.size(); ++i) {
    const RenderJob& job = work.jobs[i];
    for (const std::string& error : job.errors) fail(error);
    if (!job.text) continue;
    const std::string_view bytes =
        job.text->expose();  // expose(): into the file that the user named
    if (const auto out = given.last("out")) {
      const auto written = runtime::write_atomically(*out, bytes, {.default_mode = 0600});
      if (!written) fail(job.label + ": " + written.error().message);
    } else if (is_on(given, "write")) {
      const auto written = write_destination(work.blocks[i], bytes);
      if (!written) fail(job.label + ": " + written.error().message);
    } else {
      // Several texts are told apart as consul-template's -dry does it.
      if (work.jobs.size() > 1)
        std::printf(
            "> %s\n",
            (work.blocks[i].destination.empty() ? job.label : work.blocks[i].destination).c_str());
      print(*job.text);
    }
  }
  if (std::fflush(stdout) != 0) fail("render: standard output cannot be written");
  return good;
}

/// "" when the flags fit together.
std::string misuse(const flags::Parsed& given, const Work& work) {
  if (work.blocks.empty())
    return "no template given: name template files, or a configuration that has some (-config)";
  if (given.has("out") && work.blocks.size() > 1)
    return "-out takes one template; use -write for several";
  if (given.has("out") && is_on(given, "write")) return "-out and -write exclude each other";
  for (const TemplateBlock& block : work.blocks) {
    if (is_on(given, "write") && block.destination.empty())
      return block.source + " has no destination; write SOURCE:DESTINATION";
  }
  return "";
}

}  // namespace

int run_render_command(std::span<const std::string> arguments,
                       const flags::Environment& environment) {
  const std::vector<Row> rows = render_flags();
  const auto given = parse_interleaved(rows, arguments);
  if (!given) return usage_error("render", given.error().message);
  if (given->help) {
    std::printf("%s%s", kIntroduction, flags::usage(rows).c_str());
    return kDone;
  }
  auto work = collect(*given, environment);
  if (!work) {
    say("render: " + work.error().message);
    return kProblems;
  }
  const std::string wrong = misuse(*given, *work);
  if (!wrong.empty()) return usage_error("render", wrong);
  const auto rendered = render_all(*work, *given, environment);
  if (!rendered) {
    say("render: " + rendered.error().message);
    return kProblems;
  }
  return deliver(*work, *given) ? kDone : kProblems;
}

}  // namespace leasehold::agent
