/** A reference to an image by tag, taken apart. */
export interface ImageReference {
  /** Host of the registry, such as `quay.io`. */
  readonly registry: string;
  /** Path of the repository in the registry, such as `jetstack/cert-manager-controller`. */
  readonly repository: string;
  readonly tag: string;
}

/**
 * Takes a reference apart that has all of its parts: no registry or tag is assumed.
 * @throws Error for anything else.
 */
export function parseReference(reference: string): ImageReference {
  const match = /^(?<registry>[^/]+\.[^/]+)\/(?<repository>.+):(?<tag>[\w.-]+)$/.exec(reference);
  const { registry, repository, tag } = match?.groups ?? {};
  if (registry === undefined || repository === undefined || tag === undefined) {
    throw new Error(
      `${reference} is no complete image reference; it should look like quay.io/jetstack/image:v1.0.0`,
    );
  }
  return { registry, repository, tag };
}
