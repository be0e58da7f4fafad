import { OperatorError } from "../operatorError";
import { peerIdOfPrivateKey } from "./peerKey";

/** Everything secret that makes a cluster itself, as the stack output `identity` gives it and the config key `identity` takes it. */
export interface IdentityBundle {
  /** 64 hex digits: the pre-shared key between cluster peers. */
  readonly clusterSecret: string;
  /** 64 hex digits: the pre-shared key between kubo nodes of a private network. */
  readonly swarmKey: string;
  readonly restPassword: string;
  /** libp2p private keys, base64, by ordinal. */
  readonly kubo: readonly string[];
  /** libp2p private keys, base64, by ordinal. */
  readonly cluster: readonly string[];
}

/**
 * Reads a bundle that was kept from an earlier stack.
 *
 * @param identities how many peers the settings ask for.
 * @throws OperatorError naming everything that is wrong, without quoting any of it.
 */
export function parseBundle(text: string, identities: number): IdentityBundle {
  let bundle: Partial<Record<keyof IdentityBundle, unknown>>;
  try {
    bundle = Object(JSON.parse(text));
  } catch {
    throw fault(["it is not JSON"]);
  }
  const found = [
    ...(isHexKey(bundle.clusterSecret) ? [] : ["clusterSecret is not 64 hex digits"]),
    ...(isHexKey(bundle.swarmKey) ? [] : ["swarmKey is not 64 hex digits"]),
    // ipfs-cluster keeps credentials as user:password pairs.
    ...(isText(bundle.restPassword) && /^[^:,\s]{16,}$/.test(bundle.restPassword)
      ? []
      : ["restPassword is not 16 or more characters without spaces, colons and commas"]),
    ...keyFaults("kubo", bundle.kubo, identities),
    ...keyFaults("cluster", bundle.cluster, identities),
  ];
  if (found.length > 0) throw fault(found);
  return bundle as IdentityBundle;
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
