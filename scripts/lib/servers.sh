# The servers of the demo: PostgreSQL, Vault (ours or a real one), the Kubernetes API, the injector.
# Everything lies in $run_dir and listens on loopback. Sourced by demo.sh after common.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034  # run_dir, bin_dir, lib_dir, log_level, ttl, max_ttl come from demo.sh

root_token=root-$(openssl rand -hex 12)

start_postgres() {
  # A superuser may run programs as PostgreSQL's user: no password that a neighbour can guess.
  LEASEHOLD_PG_PASSWORD=$(openssl rand -hex 16)
  export LEASEHOLD_PG_PASSWORD
  database_dsn=$("$lib_dir/postgres.sh" start "$run_dir/postgres") || die "PostgreSQL does not start, see above"
  local rest=${database_dsn##*@}
  database_port=${rest#*:}
  database_port=${database_port%%/*}
  PGPASSWORD=$LEASEHOLD_PG_PASSWORD psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$database_port" -U vaultadmin -d app -c \
    'create table visits (worker text, round bigint, at timestamptz default now()); create index on visits (worker, round)'
}

# Vault and the Kubernetes API. Our devvault is both; with VAULT_BIN it plays only the latter.
start_vault() {
  local port kube_port server=${VAULT_BIN:-$bin_dir/leasehold-devvault}
  port=$(free_port) kube_port=$(free_port)
  vault_address=https://127.0.0.1:$port
  kube_address=https://127.0.0.1:$kube_port
  vault_ca=$run_dir/vault-tls/vault-ca.pem
  kube_ca=$vault_ca
  mkdir -p "$run_dir/vault-tls" "$run_dir/kube-tls" "$run_dir/vault-home"
  local flags=(server -dev "-dev-root-token-id=$root_token" "-dev-listen-address=127.0.0.1:$port"
    -dev-tls "-dev-tls-cert-dir=$run_dir/vault-tls" "-log-level=$log_level")
  if [ -n "${VAULT_BIN:-}" ]; then
    start_kube_alone "$kube_port"
    # A real development server wants to leave its root token in the home folder.
    HOME=$run_dir/vault-home start_process vault "$run_dir/logs/vault.log" "$server" "${flags[@]}" -dev-no-store-token
  else
    start_process vault "$run_dir/logs/vault.log" "$server" "${flags[@]}" "-dev-kube=127.0.0.1:$kube_port"
  fi
  wait_for 20 vault_answers || { tail -5 "$run_dir/logs/vault.log" >&2; die "the Vault server does not answer"; }
  wait_for 5 grep -q 'Unseal Key:' "$run_dir/logs/vault.log" || die "the Vault server printed no unseal key"
  unseal_key=$(sed -n 's/.*Unseal Key: *//p' "$run_dir/logs/vault.log" | head -1 | tr -d '[:space:]')
  VAULT_TOKEN=$root_token DATABASE_DSN=$database_dsn "$python" "$lib_dir/vault_setup.py" --vault "$vault_address" --ca "$vault_ca" \
    --kube "$kube_address" --kube-ca "$kube_ca" --ttl "${ttl}s" --max-ttl "${max_ttl}s"
}

vault_answers() { curl -fsS --cacert "$vault_ca" "$vault_address/v1/sys/health"; }

start_kube_alone() {
  kube_ca=$run_dir/kube-tls/vault-ca.pem
  start_process kube "$run_dir/logs/kube.log" "$bin_dir/leasehold-devvault" server -dev \
    "-dev-listen-address=127.0.0.1:$(free_port)" "-dev-root-token-id=unused" "-dev-kube=127.0.0.1:$1" \
    -dev-tls "-dev-tls-cert-dir=$run_dir/kube-tls"
  wait_for 10 curl -sS --cacert "$kube_ca" "$kube_address/version" || die "the Kubernetes API does not answer"
}

# A certificate for 127.0.0.1 signed by a CA made for this run.
make_webhook_certificate() {
  local folder=$run_dir/webhook-tls
  mkdir -p "$folder"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=leasehold demo CA' \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' \
    -keyout "$folder/ca.key" -out "$folder/ca.crt" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=leasehold-injector' \
    -keyout "$folder/tls.key" -out "$folder/tls.csr" 2>/dev/null
  openssl x509 -req -in "$folder/tls.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n') -out "$folder/tls.crt" 2>/dev/null
}

start_injector() {
  local port injector=${INJECTOR_BIN:-$bin_dir/leasehold-injector}
  port=$(free_port)
  webhook=https://127.0.0.1:$port
  webhook_ca=$run_dir/webhook-tls/ca.crt
  make_webhook_certificate
  AGENT_INJECT_LISTEN=127.0.0.1:$port \
    AGENT_INJECT_TLS_CERT_FILE=$run_dir/webhook-tls/tls.crt AGENT_INJECT_TLS_KEY_FILE=$run_dir/webhook-tls/tls.key \
    AGENT_INJECT_VAULT_ADDR=$vault_address AGENT_INJECT_VAULT_AUTH_PATH=auth/kubernetes \
    AGENT_INJECT_VAULT_IMAGE=leasehold/agent:0.1.0 AGENT_INJECT_LOG_LEVEL=$log_level \
    start_process injector "$run_dir/logs/injector.log" "$injector" agent-inject
  wait_for 10 curl -fsS --cacert "$webhook_ca" "$webhook/health/ready" ||
    { tail -5 "$run_dir/logs/injector.log" >&2; die "the injector does not answer"; }
}

# The two images of the pod, as folders for pod_runner.py. The agent's image is what Dockerfile.agent
# makes: one program that answers to the name vault, and busybox as the shell.
make_images() {
  local agent=${AGENT_BIN:-$bin_dir/leasehold-agent} busybox
  busybox=$(command -v busybox) || die "busybox is missing (package busybox-static)"
  [ -x "$agent" ] || die "$agent is not there"
  mkdir -p "$run_dir/images/agent" "$run_dir/images/webapp"
  jq -n --arg vault "$(realpath "$agent")" --arg busybox "$busybox" \
    '{user: "100:1000", env: {HOME: "/home/vault"}, folders: ["/home/vault"],
      files: {"/bin/vault": $vault, "/bin/busybox": $busybox},
      links: (["sh", "base64", "cat", "echo", "kill", "ls", "sleep", "touch"] | map({key: ("/bin/" + .), value: "busybox"}) | from_entries)}' \
    >"$run_dir/images/agent/image.json"
  jq -n --arg webapp "$(realpath "$bin_dir/webapp")" --arg busybox "$busybox" \
    '{user: "1000:1000", files: {"/app/webapp": $webapp, "/bin/busybox": $busybox}, links: {"/bin/sh": "busybox"}}' \
    >"$run_dir/images/webapp/image.json"
}

# What else lies in the cluster: the database's address, the CA of Vault.
make_cluster_objects() {
  jq -n --arg port "$database_port" --rawfile ca "$kube_ca" \
    '{"webapp-database": {DB_HOST: "127.0.0.1", DB_PORT: $port, DB_NAME: "app"}, "kube-root-ca.crt": {"ca.crt": $ca}}' \
    >"$run_dir/config-maps.json"
  jq -n --rawfile ca "$vault_ca" '{"vault-tls": {"vault-ca.pem": $ca}}' >"$run_dir/secrets.json"
}
