import { OperatorError } from "../operatorError";
import type { Settings, Topology } from "../settings";
import { peerIdOfPrivateKey } from "./peerKey";

/** Everything secret that makes a cluster itself, as the stack output `identity` gives it and the config key `identity` takes it. */
export interface IdentityBundle {
  /** 64 hex digits: the pre-shared key between cluster peers. */
  readonly clusterSecret: string;
  /** 64 hex digits: the pre-shared key between kubo nodes of a private network. */
  readonly swarmKey: string;
  readonly restPassword: string;
  /** What `secrets.restCredentials.keepPrevious` keeps; absent where it does not. */
  readonly restPreviousPassword?: string;
  /** libp2p private keys, base64, by ordinal. */
  readonly kubo: readonly string[];
  /** libp2p private keys, base64, by ordinal. */
  readonly cluster: readonly string[];
}

/** A bundle as it is written down: beside the secrets, what the volumes are that it is the key to. */
export interface WrittenBundle extends Partial<IdentityBundle> {
  /** Absent in those of before there was a choice, and in those put together by hand. */
  readonly topology?: Topology;
}

/** The parts of a bundle that the program knows: those of other sources are missing. */
export type KnownIdentity = Partial<IdentityBundle>;

type BundleSettings = Pick<Settings, "identities" | "secrets" | "topology">;
type Part = keyof IdentityBundle;

/**
 * Reads a bundle: secrets from the stack's configuration (`source: config`), and with them, or alone, those that an earlier stack generated.
 * Of the latter it holds all or none, so that half a bundle never makes half a new cluster.
 *
 * @param text undefined where there is none.
 * @throws OperatorError naming everything that is wrong, without quoting any of it.
 */
export function parseBundle(text: string | undefined, settings: BundleSettings): KnownIdentity {
  let written: Partial<Record<keyof WrittenBundle, unknown>> = {};
  try {
    if (text !== undefined) written = Object(JSON.parse(text));
  } catch {
    throw fault(["it is not JSON"]);
  }
  const { topology, ...bundle } = written;
  const wanted = wantedParts(text === undefined ? undefined : bundle, settings);
  const found = [
    ...topologyFaults(topology, settings),
    ...Object.keys(bundle).flatMap((part) =>
      wanted.includes(part as Part) ? [] : [`nothing takes ${partName(part)} from it (docs/secrets.md)`],
    ),
    ...wanted.flatMap((part) => checks[part](bundle[part], settings.identities)),
  ];
  if (found.length > 0) throw fault(found);
  return bundle as KnownIdentity;
}

/** Claims are named after pods, so an earlier stack's are found under the names of its own topology alone. */
function topologyFaults(earlier: unknown, { topology }: BundleSettings): string[] {
  if (earlier === undefined || earlier === topology) return [];
  const reason = `it is of a stack of another topology than ${topology}, so its peers would start with empty volumes`;
  return [`${reason}: set ipfs-cluster:topology to that stack's (docs/operations.md, "Another topology")`];
}

function wantedParts(bundle: Partial<Record<Part, unknown>> | undefined, { secrets }: BundleSettings): Part[] {
  const { clusterSecret, swarmKey, restCredentials, identities } = secrets;
  const sources: readonly [Part, string][] = [
    ["clusterSecret", clusterSecret.source],
    ["swarmKey", swarmKey.source],
    ["restPassword", restCredentials.source],
    ...(restCredentials.keepPrevious ? [["restPreviousPassword", restCredentials.source] as [Part, string]] : []),
    ["kubo", identities.kubo.source],
    ["cluster", identities.cluster.source],
  ];
  const parts = (source: string) => sources.flatMap(([part, from]) => (from === source ? [part] : []));
  const configured = parts("config");
  const generated = parts("generated");
  const earlier = bundle && (configured.length === 0 || generated.some((part) => part in bundle));
  return [...configured, ...(earlier ? generated : [])];
}

const checks: Readonly<Record<Part, (value: unknown, identities: number) => string[]>> = {
  clusterSecret: (value) => (isHexKey(value) ? [] : ["clusterSecret is not 64 hex digits"]),
  swarmKey: (value) => (isHexKey(value) ? [] : ["swarmKey is not 64 hex digits"]),
  restPassword: (value) => passwordFaults("restPassword", value),
  restPreviousPassword: (value) => passwordFaults("restPreviousPassword", value),
  kubo: (value, identities) => keyFaults("kubo", value, identities),
  cluster: (value, identities) => keyFaults("cluster", value, identities),
};

/** As the pods take it: ipfs-cluster keeps credentials as user:password pairs in JSON. */
function passwordFaults(part: string, value: unknown): string[] {
  if (isText(value) && /^[!-~]{16,256}$/.test(value) && !/[:,"\\]/.test(value)) return [];
  return [`${part} is not 16 to 256 characters of ASCII without spaces, colons, commas, quotes and backslashes`];
}

function keyFaults(role: string, keys: unknown, identities: number): string[] {
  if (!Array.isArray(keys)) return [`${role} is not a list of keys`];
  const found =
    keys.length < identities
      ? [`${role} holds ${keys.length} keys, the settings ask for ${identities} identities`]
      : [];
  const ids = new Set<string>();
  for (const [index, key] of keys.entries()) {
    try {
      ids.add(peerIdOfPrivateKey(isText(key) ? key : ""));
    } catch (error) {
      found.push(`${role}[${index}] is ${(error as Error).message}`);
    }
  }
  if (found.length === 0 && ids.size < keys.length) found.push(`${role} holds the same key twice`);
  return found;
}

/** What stands in the place of a part's name may be anything. */
function partName(part: string): string {
  return part in checks ? part : "one of its parts";
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isHexKey(value: unknown): boolean {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}

function fault(reasons: string[]): OperatorError {
  return new OperatorError(
    [
      "The secret ipfs-cluster:identity can't be used; nothing was changed.",
      ...reasons.map((reason) => `  ${reason}`),
    ].join("\n") +
      "\n  fix: set it to what `pulumi stack output identity --show-secrets` printed, or remove it to make new identities",
  );
}
