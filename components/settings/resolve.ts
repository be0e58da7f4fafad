import { withDefaults } from "./defaults";
import { encryptedFault, encryptedIn } from "./encrypted";
import { type Fault, SettingsError } from "./faults";
import { schemaFaults } from "./issues";
import type { PreviousStack } from "./previousStack";
import { checkRules } from "./rules";
import { type SettingsInput, settingsSchema } from "./schema";
import type { Settings } from "./settings";

/** What is known beside the stack file. */
export interface ResolveContext {
  /** The stack's name. */
  readonly stack: string;
  /** What the last successful update left behind, if there was one. */
  readonly previous?: PreviousStack;
}

/**
 * Turns a stack file's data into complete, checked, frozen settings.
 *
 * @param raw the keys below `ipfs-cluster:`, as plain data.
 * @throws SettingsError naming every fault at once; only a rule whose own values are unsound has to wait.
 */
export function resolveSettings(raw: unknown, context: ResolveContext): Settings {
  const { input, faults, broken } = parse(raw);
  const found = [...stackFaults(context.stack), ...faults];
  if (input === undefined) throw new SettingsError(context.stack, found);
  const settings = withDefaults(input, context.stack);
  const { previous = {} } = context;
  found.push(
    ...checkRules(settings, {
      previous,
      acceptDowngrade: input.acceptDowngrade,
      broken,
    }),
  );
  if (found.length > 0) throw new SettingsError(context.stack, found);
  return deepFreeze(settings);
}

interface Parsed {
  /** What of the stack file is of sound form; undefined if that is too little to go on with. */
  readonly input?: SettingsInput;
  readonly faults: readonly Fault[];
  /** The sections left out of `input`. */
  readonly broken: ReadonlySet<string>;
}

function parse(raw: unknown): Parsed {
  const hidden = encryptedIn(raw);
  const hiddenSections = hidden.map(({ path }) => section(path));
  const readable = hiddenSections.reduce(without, raw);
  const parsed = settingsSchema.safeParse(readable, { reportInput: true });
  if (parsed.success && hidden.length === 0) return { input: parsed.data, faults: [], broken: new Set() };
  // What is missing for being left out was not missing.
  const issues = (parsed.error?.issues ?? []).filter(
    ({ path }) => !hiddenSections.some((left) => left.join(".") === section(path).join(".")),
  );
  const paths = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  const sections = paths.map(section);
  const rest = sections.reduce(without, readable);
  return {
    input: settingsSchema.safeParse(rest).data,
    faults: [...hidden.map(encryptedFault), ...issues.flatMap(schemaFaults)],
    broken: new Set([...hiddenSections, ...sections].map((path) => path.join("."))),
  };
}

/** Keys at the top whose parts have little to do with each other. */
const composed: ReadonlySet<PropertyKey> = new Set(["kubo", "cluster", "exposure"]);

/** The part of a stack file that stands or falls together: a key at the top, or one below a composed one. */
function section(path: readonly PropertyKey[]): string[] {
  return path.slice(0, composed.has(path[0]) ? 2 : 1).map(String);
}

function without(data: unknown, [key, ...below]: readonly string[]): unknown {
  if (typeof data !== "object" || data === null || !Object.hasOwn(data, key)) return data;
  const { [key]: value, ...rest } = data as Record<string, unknown>;
  return below.length === 0 ? rest : { ...rest, [key]: without(value, below) };
}

// The name becomes part of the namespace, of peer names and of label values.
function stackFaults(stack: string): Fault[] {
  if (/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(stack)) return [];
  const reason =
    "its name becomes part of peer names: it must be at most 40 of a-z, 0-9 and -, from a letter to a letter or digit";
  return [{ path: "", value: stack, reason, fix: "pulumi stack rename <name>" }];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
