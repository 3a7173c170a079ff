// Pods in, pods out: what the golden corpus does not hold. Structure, order, bounds, warnings.
#include <set>

#include "harness.h"

namespace leasehold::injector::test {
namespace {

using Names = std::vector<std::string>;

TEST(PatchTest, AllVolumesSurviveInAPodWithoutVolumes) {
  // The replaced program loses those of earlier steps (Q21).
  Json pod = usual_pod({{"tls-secret", "tls"}, {"agent-extra-secret", "more"}});
  pod["spec"].erase("volumes");
  const auto out = mutate(pod);
  EXPECT_EQ(
      names_of(out.pod["spec"]["volumes"]),
      (Names{"home-init", "home-sidecar", "vault-secrets", "extra-secrets", "vault-tls-secrets"}));
}

TEST(PatchTest, CustomVolumesAreNumberedByNameAndShared) {
  const auto out = mutate(usual_pod({{"agent-inject-secret-a", "kv/a"},
                                     {"agent-inject-secret-b", "kv/b"},
                                     {"agent-inject-secret-c", "kv/c"},
                                     {"secret-volume-path-c", "/one"},
                                     {"secret-volume-path-b", "/two"},
                                     {"secret-volume-path-a", "/one"}}));
  const Json mounts = container(out.pod, "app")["volumeMounts"];
  ASSERT_EQ(mounts.size(), 4U);
  EXPECT_EQ(mounts[2], (Json{{"name", "vault-secrets-custom-0"}, {"mountPath", "/one"}}));
  EXPECT_EQ(mounts[3], (Json{{"name", "vault-secrets-custom-1"}, {"mountPath", "/two"}}));
}

TEST(PatchTest, TemplatesStandInTheOrderOfNames) {
  const auto out =
      mutate(usual_pod({{"agent-inject-secret-zz", "kv/z"}, {"agent-inject-secret-aa", "kv/a"}}));
  const Json config = config_of(container(out.pod, "vault-agent"));
  Names files;
  for (const Json& item : config["template"]) files.push_back(item["destination"]);
  EXPECT_EQ(files, (Names{"/vault/secrets/aa", "/vault/secrets/db", "/vault/secrets/zz"}));
}

TEST(PatchTest, TheSameReviewGivesTheSameBytes) {
  const Json pod = usual_pod(
      {{"agent-inject-secret-a", "kv/a"}, {"auth-config-a-b", "1"}, {"auth-config-a_b", "2"}});
  const std::string first = mutate(pod).answer.body;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(mutate(pod).answer.body, first);
}

TEST(PatchTest, AReviewerKeepsNothingBetweenRequests) {
  Reviewer reviewer(usual_settings());
  const std::string want = mutate(usual_pod()).answer.body;
  for (const std::string& between :
       {std::string("{\"request\":"), std::string("junk"),
        review_of(usual_pod({{"agent-inject", "no"}})).dump(),
        review_of(usual_pod({{"agent-image", std::string(300000, 'x')}})).dump()}) {
    reviewer.answer(between);
    EXPECT_EQ(reviewer.answer(review_of(usual_pod()).dump()).body, want);
  }
}

TEST(PatchTest, InitFirstRewritesTheOthers) {
  Json pod = usual_pod({{"agent-init-first", "true"}});
  pod["spec"]["initContainers"] =
      Json::array({{{"name", "a"}, {"image", "x"}, {"tty", false}, {"unknown", 1}},
                   {{"name", "b"}, {"restartPolicy", "Always"}}});
  const auto out = mutate(pod);
  const Json& list = out.pod["spec"]["initContainers"];
  EXPECT_EQ(names_of(list), (Names{"vault-agent-init", "a", "b"}));
  EXPECT_FALSE(list[1].contains("tty"));
  EXPECT_FALSE(list[1].contains("unknown"));
  EXPECT_EQ(list[1]["volumeMounts"][0]["name"], "vault-secrets");
  EXPECT_EQ(list[2]["restartPolicy"], "Always");
}

TEST(PatchTest, AnAnnotationCannotAddToTheConfiguration) {
  const std::string hostile = "x\"},\"listener\":[{\"type\":\"tcp\"}],\"y\":{\"a\":\"\n{{ }}\\";
  Texts annotations;
  for (const char* name :
       {"role", "service", "namespace", "tls-server-name", "ca-cert", "auth-path", "auth-config-x",
        "agent-inject-template-db", "agent-inject-command-db", "agent-inject-perms-db",
        "agent-inject-file-db", "secret-volume-path", "agent-telemetry-statsd-address",
        "template-static-secret-render-interval", "agent-disable-keep-alives", "agent-image"}) {
    annotations[name] = hostile;
  }
  const auto out = mutate(usual_pod(annotations));
  ASSERT_TRUE(out.response["allowed"]) << out.message;
  const Json config = config_of(container(out.pod, "vault-agent"));
  const std::set<std::string> known = {"auto_auth", "exit_after_auth",    "pid_file",
                                       "vault",     "template",           "template_config",
                                       "telemetry", "disable_keep_alives"};
  for (const auto& [name, value] : config.items()) EXPECT_TRUE(known.contains(name)) << name;
  EXPECT_EQ(config["vault"]["address"], hostile);
  EXPECT_EQ(config["auto_auth"]["method"]["config"]["role"], hostile);
}

struct WarningRow {
  const char* name;
  Texts annotations;
  const char* warning;
};

TEST(WarningTest, KeptOdditiesAreToldToTheUser) {
  const WarningRow rows[] = {
      {"neither container",
       {{"agent-pre-populate", "false"}, {"agent-pre-populate-only", "true"}},
       "leave no agent"},
      {"root by emptiness", {{"agent-run-as-user", ""}}, "runs as root"},
      {"ignored switch",
       {{"agent-pre-populate", "false"}, {"agent-share-process-namespace", "true"}},
       "is ignored"},
      {"telemetry dropped", {{"agent-telemetry-disable-hostname", "yes"}}, "agent-telemetry"},
      {"plain text", {{"agent-template-left-delim-db", "[["}}, "plain text"},
      {"shell", {{"agent-revoke-on-shutdown", "true"}, {"service", "http://v;rm"}}, "shell"},
      {"shell in a path", {{"agent-revoke-on-shutdown", "true"}, {"ca-cert", "/a b"}}, "ca-cert has characters"},
      {"a key that is a folder", {{"ca-key", "/certs"}}, "vault.ca_path"},
      {"a family without a name", {{"agent-inject-template-file", "x"}}, "a secret called file"},
      {"beyond all suffixes", {{"agent-limits-mem", "1000E"}}, "lose its suffix"},
      {"taken for absent", {{"agent-inject", "no inject annotation found"}}, "not injected"},
  };
  for (const auto& row : rows) {
    const auto out = mutate(usual_pod(row.annotations));
    const std::string warnings = out.response.value("warnings", Json::array()).dump();
    EXPECT_NE(warnings.find(row.warning), std::string::npos)
        << row.name << ": " << warnings << out.message;
  }
  EXPECT_FALSE(mutate(usual_pod()).response.contains("warnings"));
}

TEST(WarningTest, TheyStayShort) {
  const auto out =
      mutate(usual_pod({{"agent-inject-secret-" + std::string(5000, 'n'), "kv/x"},
                        {"agent-template-left-delim-" + std::string(5000, 'n'), "[["}}));
  for (const Json& warning : out.response["warnings"])
    EXPECT_LE(warning.get<std::string>().size(), 256U);
}

TEST(RefusalTest, NamesTheAnnotationAndItsValue) {
  const auto out = mutate(usual_pod({{"agent-revoke-grace", "5s"}}));
  EXPECT_EQ(out.answer.verdict, Verdict::Refused);
  EXPECT_EQ(out.answer.annotation, "vault.hashicorp.com/agent-revoke-grace");
  EXPECT_EQ(out.message,
            "error creating new agent sidecar: strconv.ParseUint: parsing \"5s\": invalid syntax "
            "(annotation vault.hashicorp.com/agent-revoke-grace: \"5s\")");
  EXPECT_EQ(out.answer.reason, "error creating new agent sidecar");
}

TEST(RefusalTest, ALongValueIsCut) {
  const auto out = mutate(usual_pod({{"agent-limits-cpu", std::string(100000, 'x')}}));
  EXPECT_LT(out.message.size(), 500U);
}

TEST(RefusalTest, FromASettingNamesTheFlag) {
  const auto settings =
      resolve({{"AGENT_INJECT_VAULT_ADDR", "http://v"}, {"AGENT_INJECT_RUN_AS_USER", "vault"}});
  ASSERT_TRUE(settings);
  const auto out = mutate(usual_pod(), std::make_shared<const Settings>(*settings));
  EXPECT_NE(out.message.find("parsing \"vault\": invalid syntax (the injector's -run-as-user)"),
            std::string::npos)
      << out.message;
}

TEST(RefusalTest, AWrongQuantityOfTheInjectorIsNotBlamedOnThePod) {
  const auto settings =
      resolve({{"AGENT_INJECT_VAULT_ADDR", "http://v"}, {"AGENT_INJECT_CPU_LIMIT", "500x"}});
  ASSERT_TRUE(settings);
  const auto out = mutate(usual_pod(), std::make_shared<const Settings>(*settings));
  EXPECT_NE(out.message.find("(the injector's -cpu-limit is \"500x\")"), std::string::npos)
      << out.message;
  EXPECT_EQ(out.answer.annotation, "");
  EXPECT_NE(out.answer.reason.find("-cpu-limit"), std::string::npos) << "and the log says it";
}

TEST(RefusalTest, MountsAreBounded) {
  Json pod = usual_pod();
  auto& annotations = pod["metadata"]["annotations"];
  auto& containers = pod["spec"]["containers"];
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    annotations["vault.hashicorp.com/agent-inject-secret-" + n] = "kv/" + n;
    annotations["vault.hashicorp.com/secret-volume-path-" + n] = "/secrets/" + n;
    containers.push_back({{"name", "c" + n}});
  }
  const auto out = mutate(pod);
  EXPECT_NE(out.message.find("too many secret folders"), std::string::npos) << out.message;
}

struct PodRow {
  const char* name;
  Json pointer_and_value;  ///< one patch operation on the usual pod
  const char* message;
};

TEST(RefusalTest, PodsOfTheWrongShape) {
  const PodRow rows[] = {
      {"spec", {{"path", "/spec"}, {"value", 1}}, "cannot unmarshal number"},
      {"containers", {{"path", "/spec/containers"}, {"value", "x"}}, "cannot unmarshal string"},
      {"null container",
       {{"path", "/spec/containers/0"}, {"value", nullptr}},
       "cannot unmarshal null"},
      {"mount",
       {{"path", "/spec/containers/0/volumeMounts/0"}, {"value", 5}},
       "cannot unmarshal number"},
      {"mount path",
       {{"path", "/spec/containers/0/volumeMounts/0/mountPath"}, {"value", true}},
       "cannot unmarshal bool"},
      {"quantity",
       {{"path", "/spec/containers/0/resources"}, {"value", {{"limits", {{"cpu", "lots"}}}}}},
       "quantities must match"},
      {"user",
       {{"path", "/spec/containers/0/securityContext"}, {"value", {{"runAsUser", "root"}}}},
       "cannot unmarshal string"},
      {"volume", {{"path", "/spec/volumes/0"}, {"value", {1}}}, "cannot unmarshal array"},
      {"annotation",
       {{"path", "/metadata/annotations/x"}, {"value", 1}},
       "cannot unmarshal number"},
      {"share",
       {{"path", "/spec/shareProcessNamespace"}, {"value", "yes"}},
       "cannot unmarshal string"},
      {"phase", {{"path", "/status"}, {"value", {{"phase", 1}}}}, "cannot unmarshal number"},
  };
  for (const auto& row : rows) {
    Json operation = row.pointer_and_value;
    const std::string path = operation["path"];
    const bool there = usual_pod().contains(Json::json_pointer(path));
    operation["op"] = there ? "replace" : "add";
    const auto out = mutate(usual_pod().patch(Json::array({operation})));
    EXPECT_EQ(out.answer.verdict, Verdict::Refused) << row.name;
    EXPECT_NE(out.message.find(row.message), std::string::npos) << row.name << ": " << out.message;
  }
}

TEST(ReviewTest, OddEnvelopes) {
  Reviewer reviewer(usual_settings());
  const struct {
    const char* body;
    unsigned status;
    const char* text;
  } rows[] = {
      {"", 400, "Empty request body"},
      {"{}", 400, "AdmissionReview has no request"},
      {"null", 400, "AdmissionReview has no request"},
      {"{\"request\":{\"uid\":\"u\"},\"apiVersion\":\"a/b/c\"}", 500,
       "unexpected GroupVersion string: a/b/c"},
      {"{\"request\":{\"uid\":\"u\"},\"apiVersion\":3}", 500, "couldn't get version/kind"},
      {"{\"request\":[]}", 500, "cannot unmarshal array"},
      {"{\"request\":{\"dryRun\":\"x\"}}", 500, "cannot unmarshal string"},
      {"{\"request\":{}} {}", 500, "json parse error"},
      {"- a\n- b\n", 500, "cannot unmarshal array"},
      {"a: &x 1\nb: *x\n", 500, "aliases are not accepted"},
      {"a: [1, 2", 500, "neither JSON nor YAML"},
      {"{\"request\":{\"uid\":\"u\"}}", 200, "\"apiVersion\":\"admission.k8s.io/v1\""},
      {"{\"kind\":\"Thing\",\"request\":{\"uid\":\"u\"}}", 200, "{\"kind\":\"Thing\",\"response\""},
      {"{\"request\":{\"uid\":\"\\ud83d\\ude00<\"}}", 200, "\"uid\":\"\xF0\x9F\x98\x80\\u003c\""},
  };
  for (const auto& row : rows) {
    const Answer answer = reviewer.answer(row.body);
    EXPECT_EQ(answer.status, row.status) << row.body;
    EXPECT_NE(answer.body.find(row.text), std::string::npos) << row.body << ": " << answer.body;
  }
}

TEST(ReviewTest, YamlScalars) {
  Reviewer reviewer(usual_settings());
  const Answer answer = reviewer.answer(
      "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  uid: 'yes'\n  "
      "namespace: demo\n"
      "  dryRun: off\n  object:\n    metadata: {name: ~, annotations: {x: \"1\"}}\n    spec: "
      "{priority: 0x1, containers: []}\n");
  EXPECT_EQ(answer.status, 200U) << answer.body;
  EXPECT_NE(answer.body.find("\"uid\":\"yes\",\"allowed\":true"), std::string::npos) << answer.body;
}

TEST(AnnotationTest, EmptyOverridesTheDefault) {
  const auto out = mutate(usual_pod({{"log-level", ""},
                                     {"agent-limits-cpu", ""},
                                     {"agent-requests-cpu", ""},
                                     {"agent-limits-mem", ""},
                                     {"agent-requests-mem", ""}}));
  const Json agent = container(out.pod, "vault-agent");
  EXPECT_EQ(agent["resources"], Json::object());
  for (const Json& variable : agent["env"]) EXPECT_NE(variable["name"], "VAULT_LOG_LEVEL");
}

TEST(AnnotationTest, ManyAnnotationsTakeLinearTime) {
  Texts annotations;
  for (int i = 0; i < 5000; ++i) {
    annotations["agent-inject-secret-" + std::to_string(i)] = "kv/" + std::to_string(i);
    annotations["secret-volume-path-" + std::to_string(i)] = "/dir/" + std::to_string(i);
  }
  const auto out = mutate(usual_pod(annotations));
  EXPECT_TRUE(out.response["allowed"]);
  EXPECT_EQ(out.pod["spec"]["volumes"].size(), 5004U);
}

}  // namespace
}  // namespace leasehold::injector::test
