/** Key of a part that counts its writer's changes, in decimals. */
export const revisionKey = "revision";

/** Key that stands in the place of a removed secret's values, so that the removal outlives older parts. */
export const tombstoneKey = "deleted";

/** Annotations of a register's result that say whose part it is, and which of its revisions. */
export const resultAnnotations = {
  writer: "vault-federation/writer",
  revision: "vault-federation/revision",
} as const;

/**
 * Picks the part with the highest revision, of equals that of the region whose name comes last: Go's templates go through
 * a map in the order of its keys. The outcome depends on nothing but the parts, so that all regions that know the same
 * parts agree, in whatever order the parts arrived. Engine: Go templates with sprig, in ESO (v2) as in Helm.
 */
const pickWinner = [
  `{{- $highest := int64 0 }}{{ $writer := "" }}{{ $winner := dict }}`,
  `{{- range $region, $part := . }}`,
  `{{- $data := mustFromJson $part }}`,
  `{{- $revision := int64 (toString (get $data "${revisionKey}")) }}`,
  `{{- if ge $revision $highest }}`,
  `{{- $highest = $revision }}{{ $writer = $region }}{{ $winner = $data }}`,
  `{{- end }}{{ end -}}`,
].join("");

/** Template of the result's data, as a map of texts: the winner without its revision. */
export const resultTemplate = [
  pickWinner,
  `{{- $result := dict }}`,
  `{{- range $key, $value := omit $winner "${revisionKey}" }}`,
  // A number that somebody wrote by hand must not hold up the register.
  `{{- $_ := set $result $key (toString $value) }}`,
  `{{- end }}{{ mustToJson $result }}`,
].join("");

/** Templates of the result's annotations. */
export const annotationTemplates: Readonly<Record<string, string>> = {
  [resultAnnotations.writer]: `${pickWinner}{{ $writer }}`,
  [resultAnnotations.revision]: `${pickWinner}{{ $highest }}`,
};
