/** What {@link reloadScript} watches. */
export interface CertificateReload {
  /** File of the certificate (PEM). */
  readonly certificate: string;
  /** Port that Vault listens on. */
  readonly port: number;
}

/**
 * A shell script that tells Vault to read its certificate again when cert-manager has renewed it: Vault does that on
 * SIGHUP only, and the chart restarts nothing. The Secret's folder is exchanged by a symlink, so the content is compared,
 * not the time.
 *
 * Which one Vault has read is unknown to a script that starts, as a renewal may have fallen into its own restart: so it
 * begins by telling Vault. A process that does not listen yet may not expect the signal either, which would end it, as it
 * would any command that somebody runs in the server's container.
 */
export function reloadScript({ certificate, port }: CertificateReload): string {
  const address = port.toString(16).toUpperCase().padStart(4, "0");
  return `
fingerprint() { sha256sum ${certificate}; }
listens() { grep -qs ':${address} [0-9A-F]*:0000 0A ' /proc/net/tcp /proc/net/tcp6; }
loaded=
while sleep 5; do
  current=$(fingerprint)
  if [ "$current" != "$loaded" ] && listens && pkill -HUP -f '^vault server '; then
    echo "told Vault to read its certificate"
    loaded=$current
  fi
done
`.trim();
}
