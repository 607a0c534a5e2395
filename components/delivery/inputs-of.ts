import type * as pulumi from "@pulumi/pulumi";

/** What a program may give where a resource takes a `T`: values of other resources, at any depth. */
export type InputsOf<T> = pulumi.Input<
  T extends readonly (infer Member)[]
    ? InputsOf<Member>[]
    : T extends object
      ? { [Key in keyof T]: InputsOf<T[Key]> }
      : T
>;
