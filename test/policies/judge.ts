import type { ReportViolation, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import defaults from "../../policies/config.json";
import { policies } from "../../policies/index"; // the folder itself is the pack, which serves as soon as it is loaded

// What the SDK shows policies, which reading an unknown value of throws; its types leave that out.
const { unknownCheckingProxy } = require("@pulumi/policy/proxy") as {
  unknownCheckingProxy: (properties: object) => Record<string, unknown>;
};

/** A resource as the engine shows it to policies: as the program asked for it, and as it is when all is done. */
export interface Shown {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly protect?: boolean;
  readonly inputs: Record<string, unknown>;
  readonly state?: Record<string, unknown>;
}

export interface Violation {
  readonly rule: string;
  readonly urn?: string;
  readonly message: string;
}

export interface Circumstances {
  /** What the pack's own configuration is replaced by, rule by rule. */
  readonly configuration?: Readonly<Record<string, object>>;
  /** The stack's; prod if it is left out. */
  readonly environment?: string;
  /** The one rule that is asked; all if it is left out. */
  readonly rule?: string;
}

/** Judges a stack as the engine has it judged: each resource by itself, and then all together. */
export function judge(
  resources: readonly Shown[],
  { configuration = {}, environment = "prod", rule }: Circumstances = {},
) {
  pulumi.runtime.setAllConfig({ "ipfs-cluster:environment": environment });
  const violations: Violation[] = [];
  const asked = policies.filter(({ name }) => rule === undefined || name === rule);
  const all = asked.map((policy) => {
    const own = { ...(defaults as Record<string, object>)[policy.name], ...configuration[policy.name] };
    return { policy, common: { getConfig: () => own, stackTags: new Map() } };
  });
  const report =
    (name: string, resource?: Shown): ReportViolation =>
    (message, urn = resource?.urn) =>
      violations.push({ rule: name, urn, message });
  for (const resource of resources) {
    for (const { policy, common } of all) {
      if (!("validateResource" in policy) || typeof policy.validateResource !== "function") continue;
      const args = { ...common, ...shown(resource, resource.inputs) };
      policy.validateResource(args as unknown as ResourceValidationArgs, report(policy.name, resource));
    }
  }
  for (const { policy, common } of all) {
    if (!("validateStack" in policy)) continue;
    const args = { ...common, resources: resources.map((each) => shown(each, each.state ?? each.inputs)) };
    policy.validateStack(args as unknown as StackValidationArgs, report(policy.name));
  }
  return { violations };
}

function shown({ type, name, urn, protect = false }: Shown, properties: Record<string, unknown>) {
  return { type, name, urn, opts: { protect }, props: unknownCheckingProxy(properties) };
}
