import { StackReference, getStack, secret } from "@pulumi/pulumi";

const other = getStack() === "hub" ? "edge" : "hub";
const reference = new StackReference(other);

export const token = secret(`token of ${getStack()}`);
export const seen = reference.getOutput("token").apply((value: unknown) => value ?? "nothing yet");
