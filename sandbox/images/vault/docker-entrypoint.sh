#!/bin/sh
# Starts Vault as the entry point of the image hashicorp/vault is documented to do:
#   server ...      a server with the configuration in /vault/config
#   -... | command  vault with these arguments
#   anything else   that program
# VAULT_LOCAL_CONFIG       configuration (JSON) to put beside the rest
# VAULT_DEV_ROOT_TOKEN_ID, VAULT_DEV_LISTEN_ADDRESS   of `server -dev`
# SKIP_CHOWN               leave the owners of the folders as they are
# SKIP_SETCAP              without a meaning here: memory is locked if the container has IPC_LOCK
set -e

# A dump of Vault's memory would hold its keys.
ulimit -c 0

configuration=/vault/config
if [ -n "$VAULT_LOCAL_CONFIG" ]; then
  printf '%s\n' "$VAULT_LOCAL_CONFIG" >"$configuration/local.json"
fi

is_vault_command() {
  vault "$1" -help 2>&1 | grep -Eq "^Usage: vault $1( |\$)"
}

case "$1" in
  vault) ;;
  server)
    shift
    set -- vault server \
      -config="$configuration" \
      -dev-root-token-id="$VAULT_DEV_ROOT_TOKEN_ID" \
      -dev-listen-address="${VAULT_DEV_LISTEN_ADDRESS:-0.0.0.0:8200}" \
      "$@"
    ;;
  -*) set -- vault "$@" ;;
  *)
    if is_vault_command "$1"; then
      set -- vault "$@"
    fi
    ;;
esac

if [ "$1" = vault ] && [ "$(id -u)" = 0 ]; then
  if [ -z "$SKIP_CHOWN" ]; then
    chown -R vault:vault "$configuration" /vault/logs /vault/file
  fi
  exec su -s /bin/sh -c 'exec "$0" "$@"' -- vault "$@"
fi

exec "$@"
