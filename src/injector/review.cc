// Decodes the review, asks for the plan and the patch, and writes the answer as text.
#include "review.h"

#include <array>
#include <optional>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include "injection.h"
#include "json_members.h"
#include "json_syntax.h"
#include "json_text.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "patch.h"
#include "pod.h"
#include "warnings.h"
#include "yaml_body.h"

namespace leasehold::injector {
namespace {

namespace bj = boost::json;

struct Request {
  std::optional<std::string_view> api_version;
  std::optional<std::string_view> kind;
  std::string_view uid;
  std::string_view name_space;
  const bj::value* object = nullptr;  ///< nullptr when absent
  RequestFacts facts;
};

Answer malformed(unsigned status, std::string text) {
  Answer answer;
  answer.status = status;
  answer.content_type = "text/plain; charset=utf-8";
  answer.reason = text;
  answer.body = std::move(text) + "\n";
  return answer;
}

Answer undecodable(const std::string& text) {
  return malformed(500, "error decoding admission request: " + text);
}

enum class Kind { Text, Flag, Object };
struct Member {
  std::string_view name;
  Kind kind;
};
/// What the reference decodes of a request and refuses when it has another type.
constexpr std::array kRequestMembers{
    Member{"uid", Kind::Text},        Member{"name", Kind::Text},
    Member{"namespace", Kind::Text},  Member{"operation", Kind::Text},
    Member{"dryRun", Kind::Flag},     Member{"subResource", Kind::Text},
    Member{"userInfo", Kind::Object}, Member{"kind", Kind::Object},
    Member{"resource", Kind::Object},
};

std::optional<std::string> check_request(const bj::object& request) {
  for (const Member& member : kRequestMembers) {
    const bj::value* value = request.if_contains(member.name);
    if (value == nullptr || value->is_null()) continue;
    const bool right = member.kind == Kind::Text   ? value->is_string()
                       : member.kind == Kind::Flag ? value->is_bool()
                                                   : value->is_object();
    if (right) continue;
    constexpr std::array<std::string_view, 3> kNames = {"string", "bool", "object"};
    return type_error(*value,
                      "AdmissionRequest.AdmissionReview.request." + std::string(member.name),
                      kNames[static_cast<std::size_t>(member.kind)]);
  }
  return std::nullopt;
}

/// nullopt: absent. Wrong types are errors of the type meta.
std::optional<std::string> read_meta(const bj::object& review, std::string_view name,
                                     std::optional<std::string_view>& out) {
  const bj::value* value = review.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_string()) {
    return "couldn't get version/kind; json parse error: " + type_error(*value, name, "string");
  }
  const std::string_view text(value->get_string());
  if (!text.empty()) out = text;
  return std::nullopt;
}

std::string_view text_of(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

/// Fills request, or gives the answer to what is no request.
std::optional<Answer> read_request(const bj::value& document, Request& request) {
  if (!document.is_object()) {
    if (document.is_null())
      return malformed(400, "AdmissionReview has no request: the body is null");
    return undecodable("couldn't get version/kind; json parse error: json: cannot unmarshal " +
                       std::string(kind_of(document)) +
                       " into an AdmissionReview (POST what the API server sends to a webhook)");
  }
  const bj::object& review = document.get_object();
  if (auto problem = read_meta(review, "apiVersion", request.api_version))
    return undecodable(*problem);
  if (auto problem = read_meta(review, "kind", request.kind)) return undecodable(*problem);
  const auto version = request.api_version.value_or("");
  if (version.find('/') != version.rfind('/')) {
    return undecodable("unexpected GroupVersion string: " + std::string(version));
  }
  const bj::value* value = review.if_contains("request");
  if (value == nullptr || value->is_null()) {
    return malformed(400,
                     "AdmissionReview has no request: it needs the member \"request\" with uid, "
                     "namespace and object");
  }
  if (!value->is_object()) {
    return undecodable(type_error(*value, "AdmissionReview.request", "v1.AdmissionRequest"));
  }
  if (auto problem = check_request(value->get_object())) return undecodable(*problem);
  request.uid = text_of(value->get_object(), "uid");
  request.name_space = text_of(value->get_object(), "namespace");
  request.object = value->get_object().if_contains("object");
  request.facts.api_version = request.api_version.value_or("");
  request.facts.operation = text_of(value->get_object(), "operation");
  request.facts.name_space = request.name_space;
  const bj::value* kind = value->get_object().if_contains("kind");
  if (kind != nullptr && kind->is_object()) request.facts.kind = text_of(kind->get_object(), "kind");
  return std::nullopt;
}

std::string_view injection_type(const Injection& injection) {
  if (injection.has_init()) return injection.has_sidecar() ? "init_and_sidecar" : "init_only";
  return injection.has_sidecar() ? "sidecar_only" : "";
}

/// The part before response: kind and apiVersion are echoed, defaults only when both are absent.
void write_head(JsonText& out, const Request& request) {
  const bool neither = !request.kind && !request.api_version;
  out.open('{');
  if (neither || request.kind) out.member("kind", request.kind.value_or("AdmissionReview"));
  if (neither || request.api_version)
    out.member("apiVersion", request.api_version.value_or("admission.k8s.io/v1"));
  out.key("response").open('{').member("uid", request.uid);
}

void write_warnings(JsonText& out, std::vector<std::string> warnings) {
  if (warnings.empty()) return;
  out.key("warnings").open('[');
  for (const std::string& warning : fit_warnings(std::move(warnings))) out.string(warning);
  out.close(']');
}

void describe_pod(const Pod& pod, Answer& answer) {
  if (!pod.name.empty()) {
    answer.pod = pod.name;
  } else if (!pod.owner_name.empty()) {
    answer.pod = std::string(pod.owner_kind) + "/" + std::string(pod.owner_name);
  }
}

void refuse_with(const Refusal& refusal, const Request& request, Answer& answer) {
  answer.verdict = Verdict::Refused;
  answer.annotation = refusal.annotation;
  // For the log: with an annotation at fault only the stage, because the text quotes its value.
  const auto stage = refusal.message.find(": ");
  answer.reason = refusal.annotation.empty() ? refusal.message : refusal.message.substr(0, stage);
  JsonText out;
  write_head(out, request);
  out.key("allowed").raw("false").key("status").open('{').key("metadata").raw("{}");
  out.member("message", refusal.message).close('}').close('}').close('}');
  answer.body = out.take();
}

void allow(const Request& request, std::vector<std::string> warnings, Answer& answer) {
  answer.verdict = Verdict::NotInjected;
  JsonText out(256);
  write_head(out, request);
  out.key("allowed").raw("true");
  write_warnings(out, std::move(warnings));
  out.close('}').close('}');
  answer.body = out.take();
}

void inject(const Injection& injection, const std::string& patch, const Request& request,
            Answer& answer) {
  answer.verdict = Verdict::Injected;
  answer.injection_type = injection_type(injection);
  JsonText out(patch.size() * 4 / 3 + 512);
  write_head(out, request);
  out.key("allowed").raw("true");
  std::vector<std::string> warnings = oddities_of(request.facts);
  warnings.insert(warnings.end(), injection.warnings.begin(), injection.warnings.end());
  write_warnings(out, std::move(warnings));
  out.key("patch").base64(patch).member("patchType", "JSONPatch").close('}').close('}');
  answer.body = out.take();
}

/// Steps 1 to 8 of spec/injector.md 8.
void decide(const Settings& settings, const Request& request, Answer& answer) {
  const bj::value absent(nullptr);
  const auto pod = decode_pod(request.object == nullptr ? absent : *request.object);
  if (!pod) return refuse_with(pod.error(), request, answer);
  describe_pod(*pod, answer);
  const auto injection = plan_injection(settings, *pod, request.name_space);
  if (!injection) return refuse_with(injection.error(), request, answer);
  if (!*injection) return allow(request, oddities_of_ignored(*pod), answer);
  const auto patch = write_patch(**injection);
  if (!patch) return refuse_with(patch.error(), request, answer);
  inject(**injection, *patch, request, answer);
}

bj::parse_options parse_options() {
  bj::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  options.allow_invalid_utf8 = true;
  return options;
}

bool looks_like_json(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '{';
}

}  // namespace

struct Reviewer::State {
  explicit State(std::shared_ptr<const Settings> chosen)
      : settings(std::move(chosen)), memory(kMemory), parser({}, parse_options()) {}

  static constexpr std::size_t kMemory = 64UL * 1024;
  std::shared_ptr<const Settings> settings;
  std::vector<unsigned char> memory;
  bj::parser parser;
};

Reviewer::Reviewer(std::shared_ptr<const Settings> settings)
    : state_(std::make_unique<State>(std::move(settings))) {}
Reviewer::~Reviewer() = default;

Answer Reviewer::answer(std::string_view body) {
  if (body.empty()) return malformed(400, "Empty request body");
  std::string converted;
  const bool is_yaml = !looks_like_json(body);
  if (is_yaml) {
    // compat: YAML is understood too (Q8), golden/injector/http-yaml-body-string-name.json
    auto json = yaml_to_json(body);
    if (!json)
      return undecodable("couldn't get version/kind; json parse error: " + json.error().message);
    converted = *std::move(json);
    body = converted;
  }
  bj::monotonic_resource memory(state_->memory.data(), state_->memory.size());
  boost::system::error_code error;
  state_->parser.reset(&memory);
  state_->parser.write(body.data(), body.size(), error);
  if (error) {
    std::string text = json_syntax_error(body);
    if (text.empty()) text = error.message();
    state_->parser.reset();
    return undecodable("couldn't get version/kind; json parse error: " + text);
  }
  const bj::value document = state_->parser.release();
  Request request;
  if (auto answer = read_request(document, request)) return *std::move(answer);
  request.facts.is_yaml = is_yaml;
  Answer answer;
  answer.name_space = request.name_space;
  decide(*state_->settings, request, answer);
  return answer;
}

}  // namespace leasehold::injector
