import { readFileSync } from "node:fs";

import { Certificate, ClusterIssuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1";
import {
  ClusterSecretStore,
  ExternalSecret,
} from "@kubernetes-models/external-secrets/external-secrets.io/v1";
import { PushSecret } from "@kubernetes-models/external-secrets/external-secrets.io/v1alpha1";
import { VaultDynamicSecret } from "@kubernetes-models/external-secrets/generators.external-secrets.io/v1alpha1";
import { Ajv, type ValidateFunction } from "ajv";

import type { Recording } from "./record.ts";

/** A custom resource as it would be sent to the API server. */
export interface CustomResource {
  /** API version and kind, such as `cert-manager.io/v1 Certificate`. */
  readonly kind: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Groups that are part of Kubernetes itself, or of Pulumi. */
const builtIn = /^kubernetes:([a-z0-9]+(\.k8s\.io)?|helm\.sh)\//;

/** Finds the custom resources that a program registers. */
export function customResources({ registrations }: Recording): CustomResource[] {
  return registrations
    .filter(({ type }) => type.startsWith("kubernetes:") && !builtIn.test(type))
    .map(({ name, inputs }) => ({
      kind: `${String(inputs.apiVersion)} ${String(inputs.kind)}`,
      name,
      object: withoutSecretMarks(inputs) as Record<string, unknown>,
    }));
}

/** A selector of PushSecret has a member of the name that a recording marks secrets with. */
function withoutSecretMarks(value: unknown, member = ""): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withoutSecretMarks(item));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const members = Object.entries(value);
  return members.length === 1 && members[0]?.[0] === "secret" && member !== "selector"
    ? withoutSecretMarks(members[0][1])
    : Object.fromEntries(members.map(([key, inner]) => [key, withoutSecretMarks(inner, key)]));
}

/** Says what is wrong with an object; nothing if it is valid. */
type Judge = (object: unknown) => string[];

/** Versions of the operators, each with a judge for each kind that it has. */
export const operatorVersions: Readonly<Record<string, Readonly<Record<string, Judge>>>> = {
  "vault-secrets-operator 0.10.0": definitions("vault-secrets-operator-0.10.0"),
  "external-secrets 0.20.4": definitions("external-secrets-0.20.4"),
  "external-secrets 1.3.2": definitions("external-secrets-1.3.2"),
  "external-secrets of npm": {
    "external-secrets.io/v1 ClusterSecretStore": judgeOf(ClusterSecretStore),
    "external-secrets.io/v1 ExternalSecret": judgeOf(ExternalSecret),
    "external-secrets.io/v1alpha1 PushSecret": judgeOf(PushSecret, /^spec\/data\/\d+\/metadata\b/),
    "generators.external-secrets.io/v1alpha1 VaultDynamicSecret": judgeOf(VaultDynamicSecret),
  },
  "cert-manager 1.11.5": definitions("cert-manager-1.11.5"),
  "cert-manager of npm": {
    "cert-manager.io/v1 Certificate": judgeOf(Certificate),
    "cert-manager.io/v1 ClusterIssuer": judgeOf(ClusterIssuer),
  },
};

/** What all versions of an operator have to say against a resource, and how many know its kind. */
export function judge({ kind, object }: CustomResource): { judges: number; findings: string[] } {
  const judges = Object.entries(operatorVersions).flatMap(([version, kinds]) =>
    kinds[kind] === undefined ? [] : [{ version, judgeKind: kinds[kind] }],
  );
  return {
    judges: judges.length,
    findings: judges.flatMap(({ version, judgeKind }) =>
      judgeKind(object).map((finding) => `${version}: ${finding}`),
    ),
  };
}

/** Judges by the schemas of a file in test/fixtures/definitions. */
function definitions(file: string): Record<string, Judge> {
  const url = new URL(`../fixtures/definitions/${file}.json`, import.meta.url);
  const schemas = JSON.parse(readFileSync(url, "utf8")) as Record<string, object>;
  // Kubernetes' schemas have the words of OpenAPI, and leave out a type where an extension says it.
  const ajv = new Ajv({ allErrors: true, strict: false, useDefaults: true });
  return Object.fromEntries(
    Object.entries(schemas).map(([kind, schema]) => [kind, bySchema(ajv.compile(schema))]),
  );
}

function bySchema(validate: ValidateFunction): Judge {
  return (object) =>
    // The API server fills in the defaults first, too.
    validate(structuredClone(object))
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message = "", params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        );
}

/** A class of the packages that carry definitions as code. */
type Model = new (data: never) => { validate(): void };

/**
 * Their validators let through what they do not know; {@link unknownPaths} finds it. `free` are places where the
 * definition itself takes anything, as only a store's provider knows what belongs there. Defaults to none.
 */
function judgeOf(model: Model, free?: RegExp): Judge {
  const problemOf = (object: unknown): string | undefined => {
    try {
      new model(object as never).validate();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return (object) => {
    const problem = problemOf(object);
    return problem === undefined
      ? unknownPaths(object, (changed) => problemOf(changed) === undefined)
          .map((path) => path.join("/"))
          .filter((path) => free?.test(path) !== true)
          .map((path) => `/${path} is not known`)
      : [problem];
  };
}

type Path = readonly (string | number)[];

/** What no schema allows anywhere. */
const impossible = Symbol("a value of no type");

/** Where a validator does not look: there it accepts even a value that nothing may have. */
function unknownPaths(object: unknown, accepts: (changed: unknown) => boolean): Path[] {
  return pathsOf(object)
    .filter(([top]) => top !== "metadata")
    .filter((path) => accepts(replaced(object, path)));
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => {
    const inner = [...path, key];
    return [inner, ...pathsOf((value as Record<string | number, unknown>)[key], inner)];
  });
}

function replaced(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) {
    return impossible;
  }
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...(value as unknown[])] as unknown as Record<number, unknown>)
    : { ...(value as Record<string, unknown>) };
  copy[key] = replaced(copy[key], rest);
  return copy;
}
