import type { z } from "zod";
import { nearest } from "../upstream";
import { withDefaults } from "./defaults";
import { type Fault, SettingsError, setCommand } from "./faults";
import { freeFormFaults } from "./freeForm";
import { checkRules } from "./rules";
import { settingsSchema } from "./schema";
import type { Settings } from "./settings";

/** What is known beside the stack file. */
export interface ResolveContext {
  /** The stack's name. */
  readonly stack: string;
  /** Replicas of the last successful update, if there was one. */
  readonly previousReplicas?: number;
}

/**
 * Turns a stack file's data into complete, checked, frozen settings.
 *
 * @param raw the keys below `ipfs-cluster:`, as plain data.
 * @throws SettingsError naming every fault at once.
 */
export function resolveSettings(raw: unknown, context: ResolveContext): Settings {
  const parsed = settingsSchema.safeParse(raw, { reportInput: true });
  if (!parsed.success) throw new SettingsError(context.stack, parsed.error.issues.flatMap(schemaFaults));
  const settings = withDefaults(parsed.data, context.stack);
  const faults = [
    ...stackFaults(context.stack),
    ...checkRules(settings, {
      previousReplicas: context.previousReplicas,
      acceptPeerLossDownTo: parsed.data.acceptPeerLoss?.downTo,
    }),
    ...freeFormFaults(settings),
  ];
  if (faults.length > 0) throw new SettingsError(context.stack, faults);
  return deepFreeze(settings);
}

// The name becomes part of the namespace, of peer names and of label values.
function stackFaults(stack: string): Fault[] {
  if (/^[a-z][-a-z0-9]{0,39}$/.test(stack)) return [];
  return [
    {
      path: "environment",
      reason: `the stack's name, ${JSON.stringify(stack)}, becomes part of peer names: it must be at most 40 of a-z, 0-9 and -, starting with a letter`,
      fix: "pulumi stack rename <name>",
    },
  ];
}

type Issue = z.core.$ZodIssue;

function schemaFaults(issue: Issue): Fault[] {
  const path = formatPath(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...issue.path, key], issue));
    case "invalid_union":
      return [unionFault(path, issue)];
    case "invalid_type":
      return [
        { path, value: issue.input, reason: issue.input === undefined ? "missing" : issue.message, fix: fixFor(path) },
      ];
    default:
      return [{ path, value: issue.input, reason: issue.message }];
  }
}

function fixFor(path: string): string | undefined {
  return path === "environment" ? setCommand("environment", "dev|staging|prod") : undefined;
}

function unknownKey(path: PropertyKey[], issue: Issue): Fault {
  const key = String(path[path.length - 1]);
  const near = nearest(key, knownKeys(issue.path));
  const at = formatPath(path);
  return {
    path: at,
    reason: "no such setting",
    fix: near
      ? `did you mean ${formatPath([...path.slice(0, -1), near])}?`
      : `pulumi config rm --path 'ipfs-cluster:${at}'`,
  };
}

/** The keys that the schema knows at a path. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let at: unknown = settingsSchema;
  for (const part of path) at = unwrap(at)?.shape?.[String(part)];
  return Object.keys(unwrap(at)?.shape ?? {});
}

interface SchemaNode {
  shape?: Record<string, unknown>;
  unwrap?: () => unknown;
}

function unwrap(node: unknown): SchemaNode | undefined {
  const current = node as SchemaNode | undefined;
  return current && !current.shape && current.unwrap ? unwrap(current.unwrap()) : current;
}

/** Of a union, the operator is told what the nearest alternative wanted. */
function unionFault(path: string, issue: Extract<Issue, { code: "invalid_union" }>): Fault {
  const wanted = issue.errors
    .flat()
    .map((inner) => (inner.path.length > 0 ? `${formatPath(inner.path)}: ${inner.message}` : inner.message))
    .join("; or ");
  return { path, value: issue.input, reason: wanted || issue.message };
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const key = String(part);
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${text}["${key}"]`;
    return text ? `${text}.${key}` : key;
  }, "");
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
