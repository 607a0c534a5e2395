#!/bin/sh
# What somebody would do by hand for a region's Vault: certificates, the chart, init, unseal, audit, mount, login, policies.
# Takes the charts' values and the policies from files in the working folder, KUBECONFIG and the charts' versions from the
# environment. Only the bench runs it: it shows key shares to whoever may read the processes of the machine.
set -eu

helm install cert-manager cert-manager --repo "$CHARTS" --version "$CERT_MANAGER_VERSION" \
    --namespace cert-manager --create-namespace --values cert-manager.json --wait

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
    - "*.vault-internal"
    - "*.vault-internal.vault.svc.cluster.local"
  ipAddresses: ["127.0.0.1", "$address"]
  issuerRef: { kind: ClusterIssuer, name: ca }
YAML
kubectl wait certificate/vault-server-tls --namespace vault --for=condition=Ready --timeout=120s

helm install vault vault --repo "$CHARTS" --version "$VAULT_CHART_VERSION" --namespace vault --values vault.json
vault() {
    pod=$1
    shift
    kubectl exec --stdin "$pod" --namespace vault --container vault -- sh -c "VAULT_TOKEN=${token-} exec vault \"\$@\"" vault "$@"
}
# The exit code is 2 while it is sealed, and another one while it can't be asked.
until vault vault-0 status >status 2>&1 || [ $? = 2 ]; do sleep 1; done
vault vault-0 operator init -key-shares=3 -key-threshold=2 >keys
token=$(sed -n 's/^Initial Root Token: //p' keys)
for pod in vault-0 vault-1 vault-2; do
    until vault "$pod" status 2>/dev/null | grep -q '^Initialized *true'; do sleep 1; done
    for number in 1 2; do
        vault "$pod" operator unseal "$(sed -n "s/^Unseal Key $number: //p" keys)"
    done
done
until vault vault-0 operator raft autopilot state 2>/dev/null | grep -q '^Healthy: *true'; do sleep 1; done

vault vault-0 audit enable -path=file file file_path=/vault/audit/audit.log
vault vault-0 audit enable -path=stdout file file_path=stdout
vault vault-0 operator raft autopilot set-config -cleanup-dead-servers=true -dead-server-last-contact-threshold=24h -min-quorum=3
vault vault-0 secrets enable -path=secret -version=2 kv
vault vault-0 auth enable kubernetes
vault vault-0 write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc:443
for policy in *.hcl; do
    name=${policy%.hcl}
    vault vault-0 policy write "$name" - <"$policy"
    vault vault-0 write "auth/kubernetes/role/$name" bound_service_account_names="$name" bound_service_account_namespaces="$name" \
        audience=vault token_policies="$name" token_ttl=1h
done
vault vault-0 token revoke -self
