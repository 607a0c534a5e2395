import { Config } from "@pulumi/pulumi";
import { RandomBytes, RandomId, RandomPassword, RandomString, RandomUuid } from "@pulumi/random";

const keepers = { generation: new Config().get("generation") ?? "1" };
const password = new RandomPassword("password", { length: 24, special: false, minNumeric: 3, keepers });
const id = new RandomId("id", { byteLength: 4, prefix: "node-" });
const text = new RandomString("text", { length: 12, overrideSpecial: "_" });
const bytes = new RandomBytes("bytes", { length: 16 });
const uuid = new RandomUuid("uuid", { keepers: { of: id.hex } });

export const secret = password.result;
export const hash = password.bcryptHash;
export const hex = id.hex;
export const string = text.result;
export const base64 = bytes.base64;
export const unique = uuid.result;
