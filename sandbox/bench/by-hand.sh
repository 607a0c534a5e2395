#!/bin/sh
# What somebody would do by hand for a region's Vault: certificates, the charts, init, unseal, audit, mount, login, policies
# and roles. Takes the charts' values, the policies and the roles from files in the working folder, KUBECONFIG and the
# charts' versions from the environment. Key shares and root token stay in this shell: they are neither printed nor among any
# program's arguments. The root token alone is in a file as well, which `vault login` makes in vault-0, until it is revoked.
set -eu

install_chart() {
    release=$1
    version=$2
    shift 2
    helm install "$release" "$release" --repo "$CHARTS" --version "$version" --namespace "$release" --create-namespace \
        --values "$release.json" "$@"
}

# An orphan of a bench that was killed must not wait for ever for a cluster that is gone.
wait_until() {
    attempts=300
    until "$@" >/dev/null 2>&1; do
        attempts=$((attempts - 1))
        [ "$attempts" -gt 0 ] || { echo "still not: $*" >&2; exit 1; }
        sleep 1
    done
}

# The operators come up meanwhile, as in the program: each as soon as there is what it needs.
install_chart vault-secrets-operator "$VAULT_SECRETS_OPERATOR_VERSION" &
first=$!
install_chart cert-manager "$CERT_MANAGER_VERSION" --wait

kubectl apply --filename - <<'YAML'
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: { name: self-signed }
spec: { selfSigned: {} }
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: root, namespace: cert-manager }
spec:
  isCA: true
  commonName: root
  secretName: root
  privateKey: { algorithm: ECDSA, size: 384 }
  issuerRef: { kind: ClusterIssuer, name: self-signed }
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: { name: ca }
spec: { ca: { secretName: root } }
---
apiVersion: v1
kind: Namespace
metadata: { name: vault }
---
apiVersion: v1
kind: Service
metadata: { name: vault-external, namespace: vault }
spec:
  type: LoadBalancer
  ports: [{ name: https, port: 8200 }]
  selector: { app.kubernetes.io/name: vault, component: server, vault-active: "true" }
YAML
install_chart external-secrets "$EXTERNAL_SECRETS_VERSION" &
second=$!
kubectl wait service/vault-external --namespace vault --for='jsonpath={.status.loadBalancer.ingress[0].ip}' --timeout=120s
address=$(kubectl get service vault-external --namespace vault --output 'jsonpath={.status.loadBalancer.ingress[0].ip}')

kubectl apply --filename - <<YAML
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: vault-server-tls, namespace: vault }
spec:
  secretName: vault-server-tls
  privateKey: { algorithm: ECDSA, size: 256 }
  dnsNames:
    - localhost
    - vault
    - vault.vault.svc
    - vault.vault.svc.cluster.local
    - vault-active.vault.svc
    - vault-active.vault.svc.cluster.local
    - "*.vault-internal"
    - "*.vault-internal.vault.svc.cluster.local"
  ipAddresses: ["127.0.0.1", "$address"]
  issuerRef: { kind: ClusterIssuer, name: ca }
YAML
kubectl wait certificate/vault-server-tls --namespace vault --for=condition=Ready --timeout=120s

install_chart vault "$VAULT_VERSION"
vault() {
    pod=$1
    shift
    kubectl exec --stdin "$pod" --namespace vault --container vault -- vault "$@"
}
# The exit code is 2 while it is sealed, and another one while it can't be asked.
answers() { vault "$1" status || [ $? = 2 ]; }
initialized() { vault "$1" status | grep -q '^Initialized *true'; }
healthy() { vault vault-0 operator raft autopilot state | grep -q '^Healthy: *true'; }

wait_until answers vault-0
keys=$(vault vault-0 operator init -key-shares=3 -key-threshold=2)
for pod in vault-0 vault-1 vault-2; do
    wait_until initialized "$pod"
    for number in 1 2; do
        # printf belongs to the shell, and the share goes in by stdin.
        printf '%s' "$keys" | sed -n "s/^Unseal Key $number: //p" | tr -d '\n' | vault "$pod" write sys/unseal key=- >/dev/null
    done
done
log_in() { printf '%s' "$keys" | sed -n 's/^Initial Root Token: //p' | tr -d '\n' | vault vault-0 login -no-print -; }
wait_until log_in
wait_until healthy

vault vault-0 audit enable -path=file file file_path=/vault/audit/audit.log
vault vault-0 audit enable -path=stdout file file_path=stdout
vault vault-0 operator raft autopilot set-config -cleanup-dead-servers=true -dead-server-last-contact-threshold=24h -min-quorum=3
vault vault-0 secrets enable -path=secret -version=2 kv
vault vault-0 auth enable kubernetes
vault vault-0 write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc:443
for policy in *.hcl; do
    vault vault-0 policy write "${policy%.hcl}" - <"$policy"
done
for role in *.role; do
    vault vault-0 write "auth/kubernetes/role/${role%.role}" - <"$role"
done
vault vault-0 token revoke -self
wait "$first"
wait "$second"
