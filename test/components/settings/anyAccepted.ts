import fc from "fast-check";
import { z } from "zod";
import { resolveSettings, SettingsError } from "../../../components/settings";
import { settingsSchema } from "../../../components/settings/schema";
import { clusterDaemonFlags, clusterEnvironment, kuboDaemonFlags, kuboEnvironment } from "../../../components/upstream";

type Raw = Record<string, unknown>;

/** Text that means something to a shell, JSON, YAML, a multiaddress or Kubernetes where it is not expected to. */
export const hostileTexts = [
  "",
  " ",
  "$(touch /tmp/broken-out)",
  "`touch /tmp/broken-out`",
  "'; touch /tmp/broken-out; '",
  '"; touch /tmp/broken-out; "',
  "$HOME ${HOME} $(HOME) $$",
  "$(POD_INDEX)",
  '","admin":"x',
  "a\nb\r\n\tc",
  "--flag=x -y",
  "\\",
  "%s%n%2f",
  "*/../..",
  "# comment",
  "{{ .Values.x }}",
  "é漢字🪐\u202e",
  "12D3KooW/p2p-circuit",
  "null",
  "true",
  "1e3",
  "\0",
];

const hostile = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ maxLength: 40 }));
const digits = (min: number, max: number) => fc.integer({ min, max }).map(String);
const ip = fc.oneof(fc.ipV4(), fc.ipV6());

/** Forms of text that a pattern alone does not describe, by the setting. */
const forms: readonly [path: RegExp, arbitrary: fc.Arbitrary<unknown>][] = [
  [
    /\.(allowFrom|ranges)\.\[\]$|^networkPolicies\..*[rR]anges?\.\[\]$/,
    fc.tuple(ip, digits(0, 128)).map(([address, length]) => `${address}/${length}`),
  ],
  [/\.addresses\.\[\]$/, fc.oneof(ip, fc.domain())],
  [/\.(size|cpu|memory|ephemeral-storage|storageMax)$/, quantity()],
  [/\.(host)$/, fc.oneof(fc.domain(), fc.stringMatching(/^[a-z]{1,50}\.([a-z-]{0,60}[a-z]\.){1,2}example$/))],
  [/\.email$/, fc.oneof(fc.emailAddress(), fc.constant("ops@example.org"))],
  [/\.(repository|server)$/, fc.webUrl({ validSchemes: ["https"] })],
  [/^kubo\.environment$/, fc.dictionary(fc.constantFrom(...kuboEnvironment), hostile, { maxKeys: 3 })],
  [/^cluster\.environment$/, fc.dictionary(fc.constantFrom(...clusterEnvironment), hostile, { maxKeys: 3 })],
  [/^kubo\.arguments\.\[\]$/, flag(kuboDaemonFlags)],
  [/^cluster\.arguments\.\[\]$/, flag(clusterDaemonFlags)],
  [/^kubo\.config$/, fc.record({ API: fc.record({ HTTPHeaders: fc.dictionary(hostile, fc.array(hostile)) }) })],
  [/^cluster\.config$/, fc.record({ cluster: fc.record({ dial_peer_timeout: duration() }) })],
  [/^cluster\.monitorPingInterval$/, seconds(1, 600)],
  [/^cluster\.metricTtl$/, seconds(2, 3600)],
  [/^gateway\.re(trieval|quest)Timeout$/, seconds(1, 24 * 3600)],
  [/^topUp\.every$/, seconds(60, 24 * 3600)],
  [/\.dns01$/, fc.record({ route53: fc.record({ region: hostile }) })],
  [/\.values$/, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })],
  // Pulumi gives text and numbers alike as text, so one that reads as a number would be none.
  [/^clusterDomain$/, fc.domain()],
  [/^replicas$/, fc.integer({ min: 1, max: 5 })],
  [/^identities$/, fc.integer({ min: 1, max: 12 })],
];

function quantity(): fc.Arbitrary<string> {
  const unit = fc.constantFrom("", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti");
  return fc.tuple(digits(0, 9999), fc.constantFrom("", ".5", ".125"), unit).map((parts) => parts.join(""));
}

function duration(): fc.Arbitrary<string> {
  return fc.tuple(digits(1, 999), fc.constantFrom("ms", "s", "m", "h")).map((parts) => parts.join(""));
}

/** Durations in one unit or two. */
function seconds(min: number, max: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.integer({ min, max }), fc.boolean())
    .map(([count, minutes]) => (minutes && count >= 60 ? `${Math.floor(count / 60)}m${count % 60}s` : `${count}s`));
}

function flag(known: ReadonlySet<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...known), fc.option(hostile))
    .map(([name, value]) => (value === null ? `--${name}` : `--${name}=${value}`));
}

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly propertyNames?: Node;
  readonly items?: Node;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly allOf?: readonly Node[];
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $ref?: string;
}

const schema = z.toJSONSchema(settingsSchema, { io: "input" }) as Node;

/** Any value of a part of the schema. */
function anyOfSchema(node: Node, path: string): fc.Arbitrary<unknown> {
  const form = forms.find(([pattern]) => pattern.test(path));
  if (form) return form[1];
  const choices = node.anyOf ?? node.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => anyOfSchema(choice, path)));
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum) return fc.constantFrom(...node.enum);
  if (node.$ref) return fc.jsonValue();
  switch (node.type) {
    case "object":
      return node.properties ? group(node, path) : dictionary(node, path);
    case "array":
      return fc.array(anyOfSchema(node.items ?? {}, `${path}.[]`), {
        minLength: node.minItems ?? 0,
        maxLength: node.maxItems ?? (node.minItems ?? 0) + 2,
      });
    case "integer":
      return fc.integer({ min: node.minimum, max: Math.min(node.maximum ?? 1e6, 1e9) });
    case "boolean":
      return fc.boolean();
    default:
      return text(node);
  }
}

function group({ properties = {}, required = [] }: Node, path: string): fc.Arbitrary<unknown> {
  const parts = Object.entries(properties).map(([key, node]) => [
    key,
    anyOfSchema(node, path ? `${path}.${key}` : key),
  ]);
  return fc.record(Object.fromEntries(parts), { requiredKeys: [...required] as never[] });
}

function dictionary({ propertyNames = {}, additionalProperties }: Node, path: string): fc.Arbitrary<unknown> {
  const values = typeof additionalProperties === "object" ? additionalProperties : {};
  // Few stacks have any place for annotations.
  const minKeys = path.endsWith(".annotations") ? 1 : 0;
  return fc.dictionary(text(propertyNames), anyOfSchema(values, `${path}.*`), { minKeys, maxKeys: 3 });
}

function text({ pattern, allOf = [], maxLength = Number.POSITIVE_INFINITY }: Node): fc.Arbitrary<string> {
  const [first, ...others] = [pattern, ...allOf.map((each) => each.pattern)].flatMap((each) => each ?? []);
  // Patterns that look ahead can't be turned round; durations are the one form that has one.
  const any = first?.includes("(?=")
    ? duration()
    : first
      ? fc.stringMatching(new RegExp(first), { size: "medium" })
      : hostile;
  return any.filter((value) => value.length <= maxLength && others.every((each) => new RegExp(each).test(value)));
}

/** Settings that were made up and then mended as an operator would who takes away whatever is complained of. Undefined if that leads nowhere. */
function mended(raw: Raw, stack: string): Raw | undefined {
  let settings = raw;
  for (let tries = 0; tries < 100; tries++) {
    try {
      resolveSettings(settings, { stack });
      return settings;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      // One of each section: with it others of the same may be gone, and what is taken for them would be too much.
      const first = new Map(error.faults.map(({ path }) => [path.split(/[.[]/)[0], path] as const).reverse());
      for (const path of first.values()) settings = without(settings, path);
    }
  }
  return undefined;
}

/** Without what is at a path as faults name it; without what is nearest above it, where nothing is. */
function without(settings: Raw, path: string): Raw {
  const copy = structuredClone(settings);
  let at: unknown = copy;
  let take = () => {
    // What it complains of follows from other settings: one of them has to go.
    const [key] = Object.keys(copy)
      .filter((each) => each !== "environment")
      .slice(-1);
    if (key) delete copy[key];
  };
  let rest = path;
  while (rest !== "" && typeof at === "object" && at !== null) {
    const holder = at as Raw;
    const names = Object.keys(holder).filter((name) =>
      ["", "[", "."].some((end) => [name, `[${name}]`, `["${name}"]`].some((form) => startsAs(rest, form, end))),
    );
    const name = names.sort((one, other) => other.length - one.length)[0];
    if (name === undefined) break;
    take = () => void (Array.isArray(holder) ? holder.splice(Number(name), 1) : delete holder[name]);
    const form = [`["${name}"]`, `[${name}]`, name].find((each) => rest.startsWith(each)) ?? name;
    rest = rest.slice(form.length).replace(/^\./, "");
    at = holder[name];
  }
  take();
  return copy;
}

function startsAs(path: string, form: string, end: string): boolean {
  return end === "" ? path === form : path.startsWith(`${form}${end}`);
}

/** Settings of the schema's own shape; most break some rule. */
export const anyShape = anyOfSchema(schema, "") as fc.Arbitrary<Raw>;

/** A stack's name and settings that are accepted, out of all that the schema has. */
export const anyAccepted: fc.Arbitrary<{ stack: string; settings: Raw }> = fc
  .tuple(fc.stringMatching(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/), anyShape)
  .map(([stack, raw]) => ({ stack, settings: mended(raw, stack) }))
  .filter((made): made is { stack: string; settings: Raw } => made.settings !== undefined);

/** Every setting that there is: `kubo.volume.size`, `kubo.tolerations.[].key`, `kubo.nodeSelector.*`. */
export const everySetting: ReadonlySet<string> = new Set(settingsOfSchema(schema, ""));

function settingsOfSchema(node: Node, path: string): string[] {
  const below = (inner: Node, name: string) => settingsOfSchema(inner, path ? `${path}.${name}` : name);
  return [
    ...(path ? [path] : []),
    ...(node.anyOf ?? node.oneOf ?? []).flatMap((choice) => settingsOfSchema(choice, path)),
    ...Object.entries(node.properties ?? {}).flatMap(([key, inner]) => below(inner, key)),
    ...(node.items ? below(node.items, "[]") : []),
    ...(typeof node.additionalProperties === "object" ? below(node.additionalProperties, "*") : []),
  ];
}

/** The settings in a stack file, as `everySetting` names them. */
export function settingsIn(value: unknown, path = ""): string[] {
  const own = path ? [path] : [];
  if (typeof value !== "object" || value === null) return own;
  return [
    ...own,
    ...Object.entries(value).flatMap(([key, inner]) => {
      const named = path ? `${path}.${key}` : key;
      return settingsIn(inner, Array.isArray(value) ? `${path}.[]` : everySetting.has(named) ? named : `${path}.*`);
    }),
  ];
}
