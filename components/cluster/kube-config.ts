import { KubeConfig, type RequestContext } from "@kubernetes/client-node";

const defaultAnswerSeconds = 30;

/** The client itself waits for ever, as does `fetch`, on an API server that takes a request and then hangs. */
class PatientKubeConfig extends KubeConfig {
  readonly #answerSeconds: number;

  constructor(answerSeconds: number) {
    super();
    this.#answerSeconds = answerSeconds;
  }

  /** Called by every API client for each of its requests, and therefore the one place for all of them. */
  override applySecurityAuthentication(request: RequestContext): Promise<void> {
    const { origin, pathname } = new URL(request.getUrl());
    const asked = `${request.getHttpMethod()} ${pathname}`;
    const patience = new AbortController();
    setTimeout(() => {
      patience.abort(
        new Error(`the Kubernetes API at ${origin} did not answer ${asked} within ${this.#answerSeconds} s`),
      );
    }, this.#answerSeconds * 1_000).unref();
    request.setSignal(patience.signal);
    return super.applySecurityAuthentication(request);
  }
}

/**
 * Access to a cluster, as all code of the program should make it: no request of an API client takes longer than it may, body
 * included. Connections to pods have limits of their own; see PodTunnel.
 * @param kubeconfig YAML.
 * @param answerSeconds How long an answer may take. Defaults to 30 s, which an API server under load needs.
 */
export function kubeConfigFrom(kubeconfig: string, answerSeconds = defaultAnswerSeconds): KubeConfig {
  const config = new PatientKubeConfig(answerSeconds);
  config.loadFromString(kubeconfig);
  return config;
}
