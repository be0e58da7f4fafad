import type { Policies, PolicyConfigSchema, PolicyResourceOptions } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { type Exemption, exempt, exemptions } from "./exemption";
import { Field } from "./field";
import { unjudged } from "./unjudged";

/** A resource as rules see it. Secret values are in clear and not marked: no message may hold any value but a harmless one. */
export interface Resource {
  readonly urn: string;
  /** Pulumi's type, such as `kubernetes:core/v1:Service`. */
  readonly type: string;
  /** The last part of the type, such as `Service`, which `ServicePatch` is too. */
  readonly kind: string;
  /** It is a part of an object that is somebody else's: what it does not say may be said there. */
  readonly isPatch: boolean;
  readonly isProtected: boolean;
  readonly fields: Field;
}

/** Says what is wrong with a field. @param what goes on after the field's path: "leads to kubo's RPC". */
export type Report = (field: Field, what: string) => void;

/** The schema of a rule's own parameters, and what they are when the pack's configuration says nothing else: see config.json. */
export type Parameters = PolicyConfigSchema["properties"];

/** One thing that must not be. */
export interface Rule<Given extends object = object> {
  /** As configuration names it. */
  readonly name: string;
  /** What must be, in one sentence. */
  readonly what: string;
  /** What happens otherwise. */
  readonly why: string;
  /** What to do about a violation. */
  readonly fix: string;
  readonly parameters?: Parameters;
  /** Judges each resource by itself, before anything is done to it: in previews and updates. */
  readonly check?: (resource: Resource, report: Report, given: Given) => void;
  /** Judges what only all resources together show: at the end of a preview, and once more after an update. */
  readonly checkStack?: (resources: readonly Resource[], report: Report, given: Given) => void;
}

/** The policy that Pulumi runs for a rule. */
// biome-ignore lint/suspicious/noExplicitAny: each rule knows the type of its own parameters
export function policyOf(rule: Rule<any>): Policies[number] {
  const { name, what, why, fix, parameters = {}, check, checkStack } = rule;
  return {
    name,
    description: `${what} ${why}`,
    remediationSteps: fix,
    configSchema: { properties: { ...parameters, exempt: exemptions } },
    ...(check && {
      validateResource: (args, violation) => {
        const run = new Run(rule, args.getConfig(), violation);
        check(run.resource(args), run.report, args.getConfig());
        run.end();
      },
    }),
    ...(checkStack && {
      validateStack: (args, violation) => {
        const run = new Run(rule, args.getConfig(), violation);
        checkStack(
          args.resources.map((resource) => run.resource(resource)),
          run.report,
          args.getConfig(),
        );
        run.end();
      },
    }),
  } as Policies[number];
}

/** One run of a rule. */
class Run {
  private readonly unknowns: Field[] = [];

  constructor(
    private readonly rule: Pick<Rule, "name" | "fix">,
    private readonly given: { readonly exempt?: readonly Exemption[] },
    private readonly violation: (message: string, urn?: string) => void,
  ) {}

  readonly report: Report = ({ owner, path, isUnsaid }, what) => {
    if (isUnsaid) return;
    if (exempt(owner, this.given.exempt ?? [], environment())) return;
    this.violation(`${owner.title}${path && `, ${path}`}: ${what}. Fix: ${this.rule.fix}`, owner.urn);
  };

  resource({ urn, type, name, opts, props }: Judged): Resource {
    const written = type.slice(type.lastIndexOf(":") + 1);
    const kind = type.startsWith("kubernetes:") ? written.replace(/Patch$/, "") : written;
    const isPatch = kind !== written;
    const owner = { urn, title: title(written, name, Field.of({ urn, title: "" }, props, [])), isPatch };
    return { urn, type, kind, isPatch, isProtected: opts.protect, fields: Field.of(owner, props, this.unknowns) };
  }

  end(): void {
    for (const field of this.unknowns) unjudged.add(this.rule.name, field);
  }
}

interface Judged {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly opts: PolicyResourceOptions;
  readonly props: Record<string, unknown>;
}

function title(kind: string, registered: string, fields: Field): string {
  const name = fields.at("metadata", "name").text ?? registered;
  const namespace = fields.at("metadata", "namespace").text;
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}

/** Of the stack, if the engine has told its configuration. */
function environment(): string | undefined {
  return new pulumi.Config("ipfs-cluster").get("environment");
}
