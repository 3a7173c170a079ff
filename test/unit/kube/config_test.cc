#include "leasehold/kube/config.h"

#include <gtest/gtest.h>

#include "leasehold/runtime/files.h"
#include "support/temp_dir.h"

namespace leasehold::kube {
namespace {

flags::Environment environment(std::string host, std::string port) {
  return [host = std::move(host), port = std::move(port)](std::string_view name) -> std::optional<std::string> {
    if (name == "KUBERNETES_SERVICE_HOST") return host;
    if (name == "KUBERNETES_SERVICE_PORT") return port;
    return std::nullopt;
  };
}

TEST(InClusterTest, ReadsTheFilesOfThePod) {
  const test::TempDir folder;
  ASSERT_TRUE(runtime::write_atomically(folder.path() + "/token", "t", {}));
  ASSERT_TRUE(runtime::write_atomically(folder.path() + "/namespace", "vault\n", {}));
  const auto bare = read_in_cluster(environment("10.0.0.1", "443"), folder.path());
  ASSERT_TRUE(bare) << bare.error().message;
  EXPECT_EQ(bare->url.host + ":" + bare->url.port, "10.0.0.1:443");
  EXPECT_EQ(bare->name_space, "vault");
  EXPECT_EQ(bare->tls.ca_file, "");
  ASSERT_TRUE(runtime::write_atomically(folder.path() + "/ca.crt", "x", {}));
  EXPECT_EQ(read_in_cluster(environment("fd00::1", "6443"), folder.path())->tls.ca_file, folder.path() + "/ca.crt");
  EXPECT_EQ(read_in_cluster(environment("fd00::1", "6443"), folder.path())->url.host, "fd00::1");
}

TEST(InClusterTest, SaysWhatIsMissing) {
  EXPECT_EQ(read_in_cluster(environment("", "")).error().message,
            "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined");
  EXPECT_EQ(read_in_cluster(environment("a", "1"), "/nope").error().message,
            "open /nope/token: no such file or directory");
}

constexpr const char* kConfig = R"(apiVersion: v1
kind: Config
current-context: b
clusters:
- name: one
  cluster: {server: "https://one:6443"}
- name: two
  cluster:
    server: https://two:6443/prefix
    certificate-authority-data: UEVN
    tls-server-name: kubernetes
contexts:
- name: a
  context: {cluster: one}
- name: b
  context: {cluster: two, user: me, namespace: vault}
users:
- name: me
  user: {token: T, client-certificate: c.pem, client-key: sub/k.pem}
)";

TEST(KubeconfigTest, TheCurrentContext) {
  const auto config = parse_kubeconfig(kConfig, "/etc/kube");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->url.authority() + config->url.prefix, "two:6443/prefix");
  EXPECT_EQ(config->tls.ca_pem, "PEM");
  EXPECT_EQ(config->server_name, "kubernetes");
  EXPECT_EQ(config->name_space, "vault");
  EXPECT_EQ(config->tls.certificate_file, "/etc/kube/c.pem");
  EXPECT_EQ(config->tls.key_file, "/etc/kube/sub/k.pem");
  ASSERT_NE(config->token, nullptr);
  EXPECT_EQ(config->token->expose(), "T");
}

TEST(KubeconfigTest, Problems) {
  struct Row {
    const char* text;
    const char* want;
  };
  const Row rows[] = {
      {"", "kubeconfig: no mapping"},
      {"[1]", "kubeconfig: no mapping"},
      {"current-context: x", "kubeconfig: contexts has no \"x\""},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]", "kubeconfig: clusters has no \"c\""},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'ftp://x'}}]",
       "kubeconfig: server: unsupported protocol scheme \"ftp\""},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'http://x'}}]\n"
       "users: [{name: u, user: {exec: {command: y}}}]",
       "kubeconfig: users by exec are not supported: use a token"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
       "clusters: [{name: c, cluster: {server: 'https://x', certificate-authority-data: '!'}}]",
       "kubeconfig: certificate-authority-data is no base64"},
  };
  for (const Row& row : rows) {
    const auto config = parse_kubeconfig(row.text, "");
    ASSERT_FALSE(config) << row.want;
    EXPECT_EQ(config.error().message, row.want);
  }
}

}  // namespace
}  // namespace leasehold::kube
