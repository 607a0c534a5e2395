import { RandomShuffle } from "@pulumi/random";

export const order = new RandomShuffle("shuffle", { inputs: ["a", "b"] }).results;
