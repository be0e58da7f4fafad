import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import type { IdentityBundle } from "./bundle";
import { libp2pPrivateKeyOfPem, peerIdOfPrivateKey, peerIdOfPublicPem } from "./peerKey";

/** One peer's name and key in its libp2p network. */
export interface PeerIdentity {
  /** Public: `12D3Koo...`. */
  readonly id: pulumi.Output<string>;
  /** Secret: base64 of libp2p's protobuf. */
  readonly privateKey: pulumi.Output<string>;
}

/** Who the peers are, and the secrets they share. Known before any pod exists. */
export interface StackIdentity {
  readonly clusterSecret: pulumi.Output<string>;
  readonly swarmKey: pulumi.Output<string>;
  readonly restPassword: pulumi.Output<string>;
  /** By ordinal, more of them than run. */
  readonly kubo: readonly PeerIdentity[];
  /** By ordinal, more of them than run. */
  readonly cluster: readonly PeerIdentity[];
}

export interface IdentityArgs {
  /** How many peers to make identities for. */
  readonly identities: number;
  /** Refuse to delete keys and secrets: a new key is a new peer, a new secret splits the network. */
  readonly protect: boolean;
  /** Identities of an earlier stack, used instead of new ones. */
  readonly kept?: IdentityBundle;
}

/** Makes a stack's identities, or takes up kept ones. */
export function stackIdentity(name: string, args: IdentityArgs, parent: pulumi.Resource): StackIdentity {
  return args.kept ? keptIdentity(args.kept) : generateIdentity(name, args, parent);
}

/** Everything secret as one value, to keep for a later stack; secret. */
export function bundleOf(identity: StackIdentity): pulumi.Output<string> {
  const bundle = pulumi.all([
    identity.clusterSecret,
    identity.swarmKey,
    identity.restPassword,
    pulumi.all(identity.kubo.map((peer) => peer.privateKey)),
    pulumi.all(identity.cluster.map((peer) => peer.privateKey)),
  ]);
  return pulumi.secret(
    bundle.apply(([clusterSecret, swarmKey, restPassword, kubo, cluster]) =>
      JSON.stringify({ clusterSecret, swarmKey, restPassword, kubo, cluster } satisfies IdentityBundle),
    ),
  );
}

function keptIdentity(kept: IdentityBundle): StackIdentity {
  const peer = (privateKey: string): PeerIdentity => ({
    id: pulumi.output(peerIdOfPrivateKey(privateKey)),
    privateKey: pulumi.secret(privateKey),
  });
  return {
    clusterSecret: pulumi.secret(kept.clusterSecret),
    swarmKey: pulumi.secret(kept.swarmKey),
    restPassword: pulumi.secret(kept.restPassword),
    kubo: kept.kubo.map(peer),
    cluster: kept.cluster.map(peer),
  };
}

function generateIdentity(name: string, args: IdentityArgs, parent: pulumi.Resource): StackIdentity {
  const options = { parent, protect: args.protect };
  // RandomBytes and RandomId would show the value in the resource's id; a password over the hex alphabet has the same 256 bits.
  const hexKey = (role: string) =>
    new random.RandomPassword(
      `${name}-${role}`,
      { length: 64, upper: false, lower: false, numeric: true, special: true, overrideSpecial: "abcdef" },
      options,
    ).result;
  const peer =
    (role: string) =>
    (_: unknown, ordinal: number): PeerIdentity => {
      const key = new tls.PrivateKey(`${name}-${role}-${ordinal}`, { algorithm: "ED25519" }, options);
      return {
        id: key.publicKeyPem.apply(peerIdOfPublicPem),
        privateKey: pulumi.secret(key.privateKeyPemPkcs8.apply(libp2pPrivateKeyOfPem)),
      };
    };
  return {
    clusterSecret: hexKey("cluster-secret"),
    swarmKey: hexKey("swarm-key"),
    // No ":" and ",": ipfs-cluster splits credentials on them.
    restPassword: new random.RandomPassword(`${name}-rest-password`, { length: 32, special: false }, options).result,
    kubo: Array.from({ length: args.identities }, peer("kubo-key")),
    cluster: Array.from({ length: args.identities }, peer("cluster-key")),
  };
}
