import type { PolicyConfigSchema } from "@pulumi/policy";
import type { Owner } from "./field";

/** What a rule is not applied to. What it does not name is not asked about. */
export interface Exemption {
  /** The stack's `ipfs-cluster:environment`. */
  readonly environment?: string;
  /** Name of the stack; `*` stands for anything. */
  readonly stack?: string;
  /** As violations name it, such as `Service ipfs-dev/rest`; `*` stands for anything. */
  readonly resource?: string;
  /** Why that is acceptable: for whoever reads the configuration. */
  readonly reason: string;
}

type Schema = PolicyConfigSchema["properties"][string];

const text: Schema = { type: "string", minLength: 1 };

/** The schema of the parameter that every rule has. */
export const exemptions: Schema = {
  type: "array",
  items: {
    type: "object",
    properties: { environment: text, stack: text, resource: text, reason: { type: "string", minLength: 10 } },
    required: ["reason"],
    additionalProperties: false,
  },
};

/** Whether one of the exemptions is about this resource. @param environment of the stack; undefined if it is not known. */
export function exempt({ urn, title }: Owner, list: readonly Exemption[], environment: string | undefined): boolean {
  const [, stack = ""] = /^urn:pulumi:([^:]*)::/.exec(urn) ?? [];
  return list.some(
    (each) =>
      (each.environment === undefined || each.environment === environment) &&
      matches(each.stack ?? "*", stack) &&
      matches(each.resource ?? "*", title),
  );
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}
