import { z } from "zod";

/** Media types of the OCI image specification 1.1. */
export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/** The annotation under which an image layout keeps the name of an image. */
export const referenceAnnotation = "org.opencontainers.image.ref.name";

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** Bytes. */
  size: z.number().int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Points to a blob. */
export type Descriptor = z.infer<typeof descriptorSchema>;

/** What an image layout's index.json contains: a descriptor of the manifest of each image. */
export const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.index),
  manifests: z.array(descriptorSchema),
});

/** An image layout's index. */
export type ImageIndex = z.infer<typeof indexSchema>;

/** The manifest of one image. */
export const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.manifest),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
});

/** An image's manifest. */
export type ImageManifest = z.infer<typeof manifestSchema>;
