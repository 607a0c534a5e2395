import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { CheckResponse, DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb.js";
import type { Change, Difference } from "./diff.ts";
import { toStruct } from "./marshalling.ts";
import type { CheckResult } from "./provider.ts";

/** Writes validated inputs as the protocol's message. Inputs may be unknown, as checks don't say if they are of a preview. */
export function checkResponse({ inputs, failures }: CheckResult): CheckResponse {
  const list = (failures ?? []).map(({ property, reason }) =>
    new messages.CheckFailure().setProperty(property).setReason(reason),
  );
  return new messages.CheckResponse().setInputs(toStruct(inputs, true)).setFailuresList(list);
}

/** Writes a difference as the protocol's message; the engine shows values from old and new inputs. */
export function diffResponse({ changes, deleteBeforeReplace }: Difference): DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse()
    .setChanges(changes.size === 0 ? DIFF_NONE : DIFF_SOME)
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(deleteBeforeReplace ?? false)
    .setDiffsList([...changes.keys()])
    .setReplacesList([...changes].filter(([, change]) => change.replaces).map(([path]) => path));
  for (const [path, change] of changes) {
    const detail = new messages.PropertyDiff().setKind(kindOf(change)).setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

function kindOf({ kind, replaces }: Change): PropertyDiff.Kind {
  const kinds = messages.PropertyDiff.Kind;
  switch (kind) {
    case "add":
      return replaces ? kinds.ADD_REPLACE : kinds.ADD;
    case "delete":
      return replaces ? kinds.DELETE_REPLACE : kinds.DELETE;
    case "update":
      return replaces ? kinds.UPDATE_REPLACE : kinds.UPDATE;
  }
}
