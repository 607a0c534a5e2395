/** What a resource type of the kubernetes package stands for. */
export type TypeToken =
  | { readonly apiVersion: string; readonly kind: string; readonly refusal?: undefined }
  | { readonly refusal: string };

/** Modules of the package that hold no kinds of objects. */
const REFUSED_MODULES: ReadonlyMap<string, string> = new Map([
  ["yaml", "declare the objects as resources of their own kinds"],
  ["yaml/v2", "declare the objects as resources of their own kinds"],
  ["kustomize", "declare the objects as resources of their own kinds"],
  ["kustomize/v2", "declare the objects as resources of their own kinds"],
  ["helm.sh/v2", "use helm.v3.Release"],
  ["helm.sh/v3", "use helm.v3.Release"],
  ["helm.sh/v4", "use helm.v3.Release"],
]);

/**
 * Reads a type such as `kubernetes:apps/v1:Deployment`; the core group is called `core` there.
 * A refusal says why the plugin does not implement it, and what to use instead.
 */
export function parseTypeToken(type: string): TypeToken {
  const [, module = "", kind = ""] = /^kubernetes:(.+):([^:]+)$/u.exec(type) ?? [];
  const remedy =
    kind === "" ? "use a type such as kubernetes:apps/v1:Deployment" : REFUSED_MODULES.get(module);
  if (remedy !== undefined) {
    return { refusal: `the sandbox's own kubernetes plugin does not implement ${type}; ${remedy}` };
  }
  if (kind.endsWith("List")) {
    return {
      refusal: `${type} is a list, not an object; declare each of its items as a resource of its own`,
    };
  }
  if (kind.endsWith("Patch")) {
    return {
      refusal:
        `the sandbox's own kubernetes plugin does not implement ${type}; manage the whole object, ` +
        "and set the provider's upsertExistingObjects if it exists already",
    };
  }
  return { apiVersion: module.replace(/^core\//u, ""), kind };
}
