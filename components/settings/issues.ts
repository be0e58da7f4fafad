import type { z } from "zod";
import { nearest } from "../upstream";
import { type Fault, removeCommand, setCommand } from "./faults";
import { settingsSchema } from "./schema";

type Issue = z.core.$ZodIssue;
/** The keys and indexes that lead to a setting. */
export type Path = readonly PropertyKey[];

/** What the schema found, in an operator's words. */
export function schemaFaults(issue: Issue): Fault[] {
  const path = formatPath(issue.path);
  const at = { path, ...visible(issue) };
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(issue.path, key));
    case "invalid_type":
      return [typeFault(at, issue.input, typeNames[issue.expected] ?? issue.expected)];
    case "invalid_value":
      return [choiceFault(at, issue.input, issue.values.map(String))];
    case "invalid_union":
      return unionFaults(at, issue);
    case "invalid_key":
      return [{ ...at, reason: `its name ${issue.issues.map((inner) => inner.message).join("; ")}` }];
    case "too_small":
      return [{ ...at, reason: `must ${bound(issue.origin, "least", issue.minimum)}` }];
    case "too_big":
      return [{ ...at, reason: `must ${bound(issue.origin, "most", issue.maximum)}` }];
    default:
      return [{ ...at, reason: issue.message }];
  }
}

/** Keys that hold whatever others define. */
const freeFormKeys: ReadonlySet<PropertyKey> = new Set([
  "environment",
  "config",
  "arguments",
  "values",
  "annotations",
  "dns01",
  "encryptedData",
]);

/** The value to show: none below free-form keys, where secrets may be, and no objects, which may hold some. */
function visible({ path, input }: Issue): Pick<Fault, "value"> {
  const freeForm = path.some((part) => freeFormKeys.has(part));
  const hidden = (freeForm && path.length > 1) || input === null || typeof input === "object";
  return hidden ? {} : { value: input };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a whole number",
  int: "a whole number",
  boolean: "true or false",
  object: "a group of settings",
  record: "a group of names and values",
  array: "a list",
};

function typeFault(at: Pick<Fault, "path" | "value">, input: unknown, expected: string): Fault {
  if (input === undefined) {
    return { ...at, reason: `missing: must be ${expected}`, fix: setCommand(at.path, "<value>") };
  }
  const reason =
    typeof input === "number" && expected === typeNames.int
      ? `must be ${expected}`
      : `must be ${expected}, and is ${typeName(input)}`;
  if (input === null && at.path !== "") return { ...at, reason, fix: removeCommand(at.path) };
  if (expected !== typeNames.string || typeof input === "object") return { ...at, reason };
  return { ...at, reason, fix: "put it in quotes" };
}

function choiceFault(at: Pick<Fault, "path" | "value">, input: unknown, choices: readonly string[]): Fault {
  const like = typeof input === "string" ? nearest(input, choices) : undefined;
  const missing = input === undefined ? "missing: " : "";
  return {
    ...at,
    reason: `${missing}must be ${listed(choices)}`,
    fix: setCommand(at.path, like ?? (input === undefined ? choices[0] : "<one of them>")),
  };
}

/** Faults of the alternative that has the value's form, and its keys if any has; where none has the form, what the union as a whole wants. */
function unionFaults(at: Pick<Fault, "path" | "value">, issue: Extract<Issue, { code: "invalid_union" }>): Fault[] {
  const own = (inner: readonly Issue[]) => inner.flatMap(({ code, path }) => (path.length === 0 ? [code] : []));
  const alike = issue.errors.filter((inner) => !own(inner).some(isMismatch));
  const meant = alike.find((inner) => !own(inner).includes("unrecognized_keys")) ?? alike[0];
  if (meant === undefined) return [{ ...at, reason: issue.message }];
  return meant.flatMap((inner) => schemaFaults({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isMismatch(code: Issue["code"]): boolean {
  return code === "invalid_type" || code === "invalid_value" || code === "invalid_union";
}

function bound(origin: string, side: "least" | "most", limit: number | bigint): string {
  if (origin === "string") return side === "least" ? "not be empty" : `have at most ${limit} characters`;
  if (origin === "array") return `name at ${side} ${limit}`;
  return `be at ${side} ${limit}`;
}

function unknownKey(parent: Path, key: string): Fault {
  const path = formatPath([...parent, key]);
  const like = nearest(key, knownKeys(parent));
  return {
    path,
    reason: like === key ? "no such setting with this way or kind" : "no such setting",
    fix: like && like !== key ? `did you mean ${formatPath([...parent, like])}?` : removeCommand(path),
  };
}

/** The keys that the schema knows at a path, in any of the alternatives there. */
function knownKeys(path: Path): string[] {
  let at: readonly SchemaNode[] = objectsOf(settingsSchema);
  for (const part of path) {
    if (typeof part !== "number") at = at.flatMap(({ shape }) => objectsOf(shape?.[String(part)]));
  }
  return at.flatMap(({ shape }) => Object.keys(shape ?? {}));
}

/** What of zod's schemas it takes to walk them; the classes have one each. */
interface SchemaNode {
  readonly shape?: Readonly<Record<string, object>>;
  readonly options?: readonly object[];
  readonly unwrap?: () => object;
}

/** The object schemas within optional ones, lists and alternatives. */
function objectsOf(node: SchemaNode | undefined): SchemaNode[] {
  if (node === undefined) return [];
  if (node.shape) return [node];
  if (node.options) return node.options.flatMap(objectsOf);
  return objectsOf(node.unwrap?.());
}

/** A path as `pulumi config set --path` takes it. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const key = String(part);
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text ? `${text}.${key}` : key;
  }, "");
}

function listed(choices: readonly string[]): string {
  return choices.length === 1 ? choices[0] : `${choices.slice(0, -1).join(", ")} or ${choices[choices.length - 1]}`;
}

function typeName(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a group";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
