import assert from "node:assert/strict";
import type { Registered } from "../support/graph";
import { object } from "./fixtures/objects";

/** Something that makes a good stack bad. */
export interface Mutation {
  readonly about: string;
  /** The rule that must see it. */
  readonly rule: string;
  /** The stack file; prod-eu if it is left out. */
  readonly stack?: string;
  /** Changes the resources, or returns others. */
  readonly change: (resources: Registered[]) => Registered[] | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the tests change objects of every kind
export type Anything = any;

/** Changes an object, both as it was asked for and as it became. */
export function changing(kind: string, name: string, edit: (object: Anything) => void): Mutation["change"] {
  return (resources) => {
    const found = resources.find(
      (each) =>
        each.type.endsWith(`:${kind}`) && (each.name === name || (each.state.metadata as Anything)?.name === name),
    );
    assert.ok(found, `${kind} ${name}`);
    edit(found.inputs);
    edit(found.state);
    return undefined;
  };
}

/** Takes objects away: all of a kind, or one. */
export const without =
  (kind: string, name?: string): Mutation["change"] =>
  (resources) => {
    const rest = resources.filter(
      (each) => !each.type.endsWith(`:${kind}`) || (name && (each.state.metadata as Anything).name !== name),
    );
    assert.ok(rest.length < resources.length, kind);
    return rest;
  };

/** Changes kubo's container. */
export const container = (edit: (container: Anything) => void) =>
  changing("StatefulSet", "ipfs", (set) => edit(set.spec.template.spec.containers[0]));
/** Changes the pods of ipfs-cluster. */
export const pod = (edit: (spec: Anything) => void) =>
  changing("StatefulSet", "cluster", (set) => edit(set.spec.template.spec));
/** Changes ipfs-cluster's configuration. */
export const configuration = (edit: (file: Anything) => void, stack = "prod-eu") =>
  changing("ConfigMap", `${stack}-cluster-config`, (map) => {
    const file = JSON.parse(map.data["service.json"]);
    edit(file);
    map.data["service.json"] = JSON.stringify(file);
  });

/** Adds an object to stack prod-eu. */
export const adding =
  (type: string, name: string, fields: Record<string, unknown>): Mutation["change"] =>
  (resources) => {
    const { metadata, ...others } = fields as Anything;
    const added = object(type, name, { metadata: { namespace: "ipfs-prod-eu", ...metadata }, ...others });
    return [...resources, { ...added, state: added.inputs } as Anything];
  };

/** Several changes at once. */
export const all =
  (...changes: readonly Mutation["change"][]): Mutation["change"] =>
  (resources) =>
    changes.reduce((changed, change) => change(changed) ?? changed, resources);
