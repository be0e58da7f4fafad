import { isIP } from "node:net";
import Ajv, { type ValidateFunction } from "ajv";
import { crdFaults, hasCrd } from "./crds";
import { strictSchema } from "./schemas";

/** An object of any kind. */
interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

type Part = Readonly<Record<string, unknown>>;

/**
 * What an API server would find wrong with an object: by its kind's schema, and by its rules for names, labels, ports, amounts, ranges and what
 * belongs together, as far as they apply to what this program makes. Empty if nothing.
 */
export function objectFaults(object: object): string[] {
  const plain = JSON.parse(JSON.stringify(object)) as AnyObject;
  const { apiVersion, kind, metadata } = plain;
  const custom = hasCrd(apiVersion, kind);
  const found = [...(custom ? crdFaults(plain) : schemaFaults(plain)), ...nameFaults(plain), ...sizeFaults(plain)];
  if (!custom) for (const [path, part] of parts(plain, "")) found.push(...partFaults(kind, path, part));
  return found.map((fault) => `${kind}/${metadata.name}: ${fault}`);
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, code: { optimize: false } });
const validators = new Map<string, ValidateFunction>();

function schemaFaults(object: AnyObject): string[] {
  const key = `${object.apiVersion}/${object.kind}`;
  const validate = validators.get(key) ?? ajv.compile(strictSchema(object.apiVersion, object.kind));
  validators.set(key, validate);
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${params.additionalProperty ?? ""}`,
  );
}

const label63 = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const isSubdomain = (text: string) => text.length <= 253 && subdomain.test(text);
const isLabelValue = (text: string) => /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(text);

function isQualifiedName(text: string): boolean {
  const [name, prefix, ...more] = text.split("/").reverse();
  return more.length === 0 && name !== "" && isLabelValue(name) && (prefix === undefined || isSubdomain(prefix));
}

/** The longest name of a StatefulSet whose pods can have it, and the hash of a revision, in a label. */
const longestName: Readonly<Record<string, number>> = { StatefulSet: 52, CronJob: 52, Deployment: 52 };

function nameFaults({ kind, metadata }: AnyObject): string[] {
  const { name, namespace } = metadata;
  const sound =
    kind === "Service"
      ? /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)
      : kind === "Namespace"
        ? label63.test(name)
        : isSubdomain(name) && name.length <= (longestName[kind] ?? 253);
  return [
    ...(sound ? [] : ["can't have this name"]),
    ...(namespace === undefined || label63.test(namespace) ? [] : [`can't be in namespace ${namespace}`]),
  ];
}

/** What etcd takes of one object. */
function sizeFaults(object: AnyObject): string[] {
  const bytes = Buffer.byteLength(JSON.stringify(object));
  return bytes > 1_500_000 ? [`${bytes} bytes, more than etcd takes`] : [];
}

/** Every object within an object, with its path. */
function* parts(value: unknown, path: string): Generator<[path: string, part: Part]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Part];
  for (const [key, inner] of Object.entries(value)) yield* parts(inner, `${path}.${key}`);
}

type Check = (sound: boolean, what: string, value: unknown) => void;

/** Looks at an object within an object: `name` is that of the field it is the value of. */
type Rule = (
  check: Check,
  part: Part,
  at: { readonly kind: string; readonly path: string; readonly name: string },
) => void;

function partFaults(kind: string, path: string, part: Part): string[] {
  const faults: string[] = [];
  const check: Check = (sound, what, value) => {
    if (!sound) faults.push(`${path}: ${what} ${JSON.stringify(value)}`);
  };
  const at = { kind, path, name: path.slice(path.lastIndexOf(".") + 1) };
  for (const rule of [labels, annotations, files, amounts, ranges, ports, pods, containers, tolerations, names]) {
    rule(check, part, at);
  }
  return faults;
}

const texts = (part: Part) => Object.entries(part) as [string, string][];
const list = (value: unknown) => (Array.isArray(value) ? (value as Part[]) : []);
const distinct = (all: readonly unknown[]) => new Set(all).size === all.length;
const bytes = (text: string) => Buffer.byteLength(text);

const labels: Rule = (check, part, { kind, name }) => {
  if (!/^(labels|matchLabels|nodeSelector)$/.test(name) && !(name === "selector" && kind === "Service")) return;
  for (const [key, value] of texts(part)) {
    check(isQualifiedName(key), "is no label's name:", key);
    check(isLabelValue(value), "is no label's value:", value);
  }
};

const annotations: Rule = (check, part, { name }) => {
  if (name !== "annotations") return;
  for (const [key] of texts(part)) check(isQualifiedName(key.toLowerCase()), "is no annotation's name:", key);
  const size = texts(part).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
  check(size <= 262144, "too much for annotations:", size);
};

const files: Rule = (check, part, { path }) => {
  if (path !== ".data" && path !== ".stringData") return;
  for (const [key] of texts(part)) {
    check(/^[-._a-zA-Z0-9]{1,253}$/.test(key) && !/^\.\.?$/.test(key), "is no file's name:", key);
  }
  const size = texts(part).reduce((sum, [, value]) => sum + bytes(value), 0);
  check(size <= 1 << 20, "too much for a Secret or ConfigMap:", size);
};

const amounts: Rule = (check, part, { name }) => {
  if (name === "requests" || name === "limits") {
    for (const [what, value] of texts(part)) check(amount(value) >= 0, `is no amount of ${what}:`, value);
  }
  if (!part.requests || !part.limits) return;
  const limits = part.limits as Record<string, string>;
  for (const [what, value] of texts(part.requests as Part)) {
    check(!(what in limits) || amount(value) <= amount(limits[what]), `requests more ${what} than its limit:`, value);
  }
};

const ranges: Rule = (check, part) => {
  for (const range of [part.cidr ?? [], part.loadBalancerSourceRanges ?? []].flat()) {
    check(isRange(String(range)), "is no range:", range);
  }
};

const ports: Rule = (check, part, { kind }) => {
  for (const port of ["containerPort", "port", "nodePort", "number"]) {
    const value = part[port];
    if (typeof value === "number") check(value >= 1 && value <= 65535, `is no ${port}:`, value);
  }
  const { nodePort = 30000 } = part;
  check(Number(nodePort) >= 30000 && Number(nodePort) <= 32767, "is no nodePort:", nodePort);
  if (kind === "NetworkPolicy") return;
  const all = list(part.ports);
  const named = all.flatMap(({ name }) => (name === undefined ? [] : [String(name)]));
  for (const name of named) check(isPortName(name), "is no port's name:", name);
  const numbers = all.map(({ port, containerPort, protocol }) => `${port ?? containerPort}/${protocol}`);
  check(distinct(named) && distinct(numbers), "has two ports alike:", all);
};

const pods: Rule = (check, part) => {
  if (!Array.isArray(part.containers)) return;
  const inside = [...list(part.containers), ...list(part.initContainers)].map(({ name }) => String(name));
  const volumes = list(part.volumes).map(({ name }) => String(name));
  check(distinct(inside) && inside.every((name) => label63.test(name)), "has containers", inside);
  check(distinct(volumes) && volumes.every((name) => label63.test(name)), "has volumes", volumes);
};

/** What an API server takes too, and no container starts with, is unsound as well: a NUL. */
const containers: Rule = (check, part) => {
  if (typeof part.image === "string") check(/^\S+$/.test(part.image), "is no image:", part.image);
  const variables = list(part.env);
  const named = variables.map(({ name }) => String(name));
  check(distinct(named), "sets a variable twice:", named);
  for (const { name, value } of variables) {
    check(/^[ -<>-~]+$/.test(String(name)), "is no variable's name:", name);
    check(!String(value).includes("\0"), "is no variable's value:", value);
  }
  const words = [...list(part.command), ...list(part.args)].map(String);
  check(!words.some((word) => word.includes("\0")), "is no command:", words);
  const places = list(part.volumeMounts).map(({ mountPath }) => mountPath);
  check(distinct(places), "mounts twice at a place:", places);
};

const tolerations: Rule = (check, part) => {
  for (const { key, operator = "Equal", value, effect, tolerationSeconds } of list(part.tolerations)) {
    check(key === undefined || isQualifiedName(String(key)), "is no taint:", key);
    check(key !== undefined || operator === "Exists", "tolerates no taint in particular, unless it Exists:", operator);
    check(operator !== "Exists" || !value, "tolerates whatever Exists, so has no value:", value);
    check(tolerationSeconds === undefined || effect === "NoExecute", "has seconds without NoExecute:", effect);
  }
};

const names: Rule = (check, { host, hosts, storageClassName, priorityClassName, loadBalancerClass }, { kind }) => {
  if (kind === "Ingress")
    for (const each of [host ?? [], hosts ?? []].flat()) check(isHost(String(each)), "is no host:", each);
  for (const each of [storageClassName, priorityClassName]) {
    check(each === undefined || isSubdomain(String(each)), "is no class:", each);
  }
  check(
    loadBalancerClass === undefined || isQualifiedName(String(loadBalancerClass)),
    "is no class:",
    loadBalancerClass,
  );
};

function isPortName(name: string): boolean {
  return /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
}

/** A name that DNS can have, or a wildcard for one. */
export function isHost(host: string): boolean {
  const name = host.replace(/^\*\./, "");
  return isSubdomain(name) && host.length <= 253 && name.split(".").every((label) => label63.test(label));
}

function isRange(range: string): boolean {
  const [ip, length, ...more] = range.split("/");
  const bits = isIP(ip) === 4 ? 32 : isIP(ip) === 6 ? 128 : -1;
  return more.length === 0 && /^(0|[1-9]\d*)$/.test(length) && Number(length) <= bits && !ip.includes("%");
}

const units: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

/** Of a Kubernetes quantity; NaN for anything else. */
function amount(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?|\.\d+)([numkMGTPE]|[KMGTPE]i)?$/.exec(text) ?? [];
  if (number === undefined) return Number.NaN;
  const factor = unit.endsWith("i") ? 1024 ** ("KMGTPE".indexOf(unit[0]) + 1) : (units[unit] ?? 1);
  return Number(number) * factor;
}
