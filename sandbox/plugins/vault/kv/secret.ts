import { z } from "zod";
import type { CheckFailure } from "../../frame/provider.ts";
import type { Properties } from "../../frame/values.ts";
import type { ObjectField } from "../../schema/field.ts";
import { vaultPath } from "../api/connection.ts";
import { asTexts, secondsOf } from "../endpoint.ts";
import { ENTERPRISE, TIMEOUTS } from "../resource.ts";
import type { Kind, Operation } from "../resource.ts";
import { canonicalJson, parseObject } from "./json.ts";
import { afterUpgrade } from "./upgrade.ts";

const CUSTOM_METADATA: ObjectField = {
  kind: "object",
  computed: true,
  fields: {
    data: { kind: "map" },
    maxVersions: { kind: "whole number", minimum: 0 },
    casRequired: { kind: "boolean" },
    deleteVersionAfter: { kind: "whole number", minimum: 0 },
  },
};

const place = z.object({ mount: z.string(), name: z.string() });

const spec = place.extend({
  dataJson: z.string().optional(),
  dataJsonWo: z.string().optional(),
  dataJsonWoVersion: z.number().optional(),
  cas: z.number().optional(),
  options: z.record(z.string(), z.string()).optional(),
  customMetadata: z
    .object({
      data: z.record(z.string(), z.string()).default({}),
      maxVersions: z.number().default(0),
      casRequired: z.boolean().default(false),
      deleteVersionAfter: z.number().default(0),
    })
    .optional(),
});

/** Settings that are the program's alone. */
const kept = place.extend({
  dataJson: z.string().optional(),
  dataJsonWoVersion: z.number().optional(),
  cas: z.number().optional(),
  options: z.record(z.string(), z.string()).optional(),
  disableRead: z.boolean().default(false),
  deleteAllVersions: z.boolean().default(false),
});

const metadataAnswer = z.object({
  data: z.object({
    current_version: z.number(),
    custom_metadata: z.record(z.string(), z.string()).nullish(),
    max_versions: z.number(),
    cas_required: z.boolean(),
    delete_version_after: z.string(),
    versions: z.record(
      z.string(),
      z.object({ created_time: z.string(), deletion_time: z.string(), destroyed: z.boolean() }),
    ),
  }),
});

const dataAnswer = z.object({ data: z.record(z.string(), z.unknown()).nullable() });

/** `vault:kv/secretV2:SecretV2` */
export const KV_SECRET: Kind = {
  title: "secret",
  fields: {
    mount: { kind: "text", required: true },
    name: { kind: "text", required: true },
    dataJson: { kind: "text", secret: true, canonical: canonicalJson },
    dataJsonWo: { kind: "text", secret: true, writeOnly: true },
    dataJsonWoVersion: { kind: "whole number" },
    cas: { kind: "whole number" },
    options: { kind: "map" },
    customMetadata: CUSTOM_METADATA,
    disableRead: { kind: "boolean", default: false },
    deleteAllVersions: { kind: "boolean", default: false },
    data: { kind: "output" },
    metadata: { kind: "output" },
    path: { kind: "output" },
    namespace: ENTERPRISE,
  },
  replaceOn: ["mount", "name"],
  timeouts: TIMEOUTS,

  checkTogether({ dataJson, dataJsonWo }: Properties): readonly CheckFailure[] {
    const failures = Object.entries({ dataJson, dataJsonWo }).flatMap(([property, value]) =>
      typeof value === "string" && parseObject(value) === undefined
        ? [
            {
              property,
              reason: "must be the JSON text of an object; its value is not shown, as it is secret",
            },
          ]
        : [],
    );
    return (dataJson === undefined) === (dataJsonWo === undefined)
      ? [...failures, { property: "", reason: "exactly one of dataJson and dataJsonWo has to be given" }]
      : failures;
  },

  async create(operation, inputs) {
    await writeData(operation, inputs);
    await writeMetadata(operation, inputs);
    return { id: pathOf("data", inputs), outputs: {} };
  },

  async read(operation, id, state) {
    const settings = kept.parse(state);
    const own = { ...settings, path: id };
    if (settings.disableRead) {
      // Nothing is looked up, the metadata neither: it is taken to be as it was written.
      const { customMetadata } = state;
      return customMetadata === undefined ? own : { ...own, customMetadata };
    }
    const metadata = await readMetadata(operation, settings);
    // Data that the program only writes must not come back into the state.
    return settings.dataJsonWoVersion === undefined
      ? { ...own, ...metadata, ...(await readData(operation, id)) }
      : { ...own, ...metadata };
  },

  async update(operation, _id, state, inputs) {
    const before = kept.parse(state);
    const wanted = spec.parse(inputs);
    // Each write makes a version, so that none is made for a change of the metadata alone.
    if (wanted.dataJson !== before.dataJson || wanted.dataJsonWoVersion !== before.dataJsonWoVersion) {
      await writeData(operation, inputs);
    }
    await writeMetadata(operation, inputs);
  },

  async delete({ client, ...waiting }, _id, state) {
    const { deleteAllVersions } = kept.parse(state);
    await client.remove(pathOf(deleteAllVersions ? "metadata" : "data", state), waiting);
  },

  imported(id) {
    const groups = /^(?<mount>.+?)\/data\/(?<name>.+)$/.exec(id)?.groups;
    if (groups === undefined) {
      throw new Error(`a secret is imported as <mount>/data/<name>, not as ${JSON.stringify(id)}`);
    }
    return { id, state: { ...groups } };
  },
};

function pathOf(part: "data" | "metadata", state: object): string {
  const { mount, name } = place.parse(state);
  return vaultPath(mount, part, name);
}

async function writeData({ client, ...waiting }: Operation, inputs: object): Promise<void> {
  const { dataJson, dataJsonWo, cas, options } = spec.parse(inputs);
  const data = parseObject(dataJson ?? dataJsonWo ?? "");
  const body = { data, options: { ...options, ...(cas === undefined ? {} : { cas }) } };
  await afterUpgrade(() => client.write(pathOf("data", inputs), body, waiting), waiting);
}

async function writeMetadata({ client, ...waiting }: Operation, inputs: object): Promise<void> {
  const { customMetadata } = spec.parse(inputs);
  if (customMetadata !== undefined) {
    const body = {
      custom_metadata: customMetadata.data,
      max_versions: customMetadata.maxVersions,
      cas_required: customMetadata.casRequired,
      delete_version_after: `${String(customMetadata.deleteVersionAfter)}s`,
    };
    await client.write(pathOf("metadata", inputs), body, waiting);
  }
}

async function readMetadata({ client, ...waiting }: Operation, state: object): Promise<Properties> {
  const request = {
    ...waiting,
    method: "GET",
    path: pathOf("metadata", state),
    answer: metadataAnswer,
  } as const;
  const { data } = await client.send(request);
  const current = data.versions[String(data.current_version)];
  return {
    metadata: asTexts({
      version: data.current_version,
      created_time: current?.created_time ?? "",
      deletion_time: current?.deletion_time ?? "",
      destroyed: current?.destroyed ?? false,
    }),
    customMetadata: {
      data: data.custom_metadata ?? {},
      maxVersions: data.max_versions,
      casRequired: data.cas_required,
      deleteVersionAfter: secondsOf(data.delete_version_after),
    },
  };
}

/** A version that was deleted answers 404: then the secret counts as gone, and is written again. */
async function readData({ client, ...waiting }: Operation, path: string): Promise<Properties> {
  const { data } = dataAnswer.parse(await client.read(path, waiting));
  return { data: asTexts(data as Properties | null), dataJson: canonicalJson(JSON.stringify(data)) };
}
