import * as pulumi from "@pulumi/pulumi";
import type { IdentityRole, Settings } from "../settings";
import type { IdentityBundle, KnownIdentity, WrittenBundle } from "./bundle";
import { generatedKey, generatedPasswords, generatedPsk } from "./generated";
import { peerIdOfPrivateKey } from "./peerKey";

/** One peer's name and key in its libp2p network. */
export interface PeerIdentity {
  /** Public: `12D3Koo...`. */
  readonly id: pulumi.Output<string>;
  /** Secret: base64 of libp2p's protobuf. Undefined where it is in a Secret that this program does not read. */
  readonly privateKey?: pulumi.Output<string>;
}

/** A user of the REST and pinning APIs. */
export interface Credentials {
  readonly username: string;
  /** Secret. */
  readonly password: pulumi.Output<string>;
}

/** Who the peers are, and the secrets they share, known before any pod exists. What is in Secrets that this program does not read is undefined. */
export interface StackIdentity {
  readonly clusterSecret?: pulumi.Output<string>;
  readonly swarmKey?: pulumi.Output<string>;
  readonly restCredentials?: Credentials;
  /** What counts beside the above. */
  readonly previousCredentials?: Credentials;
  /** By ordinal, more of them than run. */
  readonly kubo: readonly PeerIdentity[];
  /** By ordinal, more of them than run. */
  readonly cluster: readonly PeerIdentity[];
}

/**
 * Makes a stack's identities, or takes up known ones.
 *
 * @param known from the stack's configuration (`parseBundle`); used instead of new ones.
 */
export function stackIdentity(
  name: string,
  settings: Settings,
  known: KnownIdentity,
  parent: pulumi.Resource,
): StackIdentity {
  const { clusterSecret, swarmKey, restCredentials } = settings.secrets;
  // Refuse to delete keys and secrets: a new key is a new peer, a new secret splits the network.
  const options = { parent, protect: settings.volumes.protect };
  const psk = (secret: typeof clusterSecret, role: string, value: string | undefined) => {
    if (value !== undefined) return pulumi.secret(value);
    return secret.source === "generated" ? generatedPsk(`${name}-${role}`, secret.generation, options) : undefined;
  };
  return {
    clusterSecret: psk(clusterSecret, "cluster-secret", known.clusterSecret),
    swarmKey: psk(swarmKey, "swarm-key", known.swarmKey),
    ...credentials(name, restCredentials, known, options),
    kubo: peers("kubo", name, settings, known.kubo, options),
    cluster: peers("cluster", name, settings, known.cluster, options),
  };
}

/** Everything secret that this program knows as one value, to keep for a later stack; secret. */
export function bundleOf(identity: StackIdentity, { topology }: Settings): pulumi.Output<string> {
  const keys = (peers: readonly PeerIdentity[]) => {
    const known = peers.flatMap(({ privateKey }) => privateKey ?? []);
    return known.length > 0 ? pulumi.all(known) : undefined;
  };
  const bundle: { readonly [Part in keyof IdentityBundle]: pulumi.Output<IdentityBundle[Part]> | undefined } = {
    clusterSecret: identity.clusterSecret,
    swarmKey: identity.swarmKey,
    restPassword: identity.restCredentials?.password,
    restPreviousPassword: identity.previousCredentials?.password,
    kubo: keys(identity.kubo),
    cluster: keys(identity.cluster),
  };
  return pulumi.secret(
    pulumi.output(bundle).apply((parts) => JSON.stringify({ ...parts, topology } satisfies WrittenBundle)),
  );
}

/** The user of one generation. Users differ, as ipfs-cluster knows one password of each: so two generations can count at once. */
function userOf(generation: number): string {
  return generation === 1 ? "admin" : `admin-${generation}`;
}

function credentials(
  name: string,
  { source, generation, keepPrevious }: Settings["secrets"]["restCredentials"],
  known: KnownIdentity,
  options: pulumi.CustomResourceOptions,
): Pick<StackIdentity, "restCredentials" | "previousCredentials"> {
  if (source !== "generated" && source !== "config") return {};
  const kept = (value: string | undefined) => (value === undefined ? undefined : pulumi.secret(value));
  const { password, previous } =
    known.restPassword === undefined
      ? generatedPasswords(`${name}-rest-password`, generation, options)
      : { password: kept(known.restPassword), previous: kept(known.restPreviousPassword) };
  return {
    restCredentials: password && { username: userOf(generation), password },
    previousCredentials:
      keepPrevious && previous ? { username: userOf(generation - 1), password: previous } : undefined,
  };
}

function peers(
  role: IdentityRole,
  name: string,
  settings: Settings,
  kept: readonly string[] | undefined,
  options: pulumi.CustomResourceOptions,
): PeerIdentity[] {
  const { source, ids, peers: changed } = settings.secrets.identities[role];
  if (kept) {
    return kept.map((privateKey) => ({
      id: pulumi.output(peerIdOfPrivateKey(privateKey)),
      privateKey: pulumi.secret(privateKey),
    }));
  }
  if (source !== "generated") return ids.map((id) => ({ id: pulumi.output(id) }));
  return Array.from({ length: settings.identities }, (_, ordinal) =>
    generatedKey(`${name}-${role}-key-${ordinal}`, changed[ordinal]?.generation ?? 1, options),
  );
}
