import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type PerPeerWays, perPeerWaysIn } from "./exposure/perPeer";
import { bundleOf, type IdentityBundle, stackIdentity } from "./identity";
import { namespace } from "./platform";
import type { Settings } from "./settings";
import {
  clusterPod,
  clusterSwarmAddress,
  kuboPod,
  kuboSwarmAddress,
  peerName,
  workload,
  workloadSecrets,
} from "./workload";

export interface IpfsClusterArgs {
  /** Complete and checked, from `resolveSettings`. Decides the shape, so it holds no outputs. */
  readonly settings: Settings;
  /** Identities of an earlier stack; absent: new ones are made. Secret. */
  readonly identity?: IdentityBundle;
  /**
   * A provider for the same Kubernetes cluster that takes over objects which exist (`upsertExistingObjects`), for the namespace and the
   * volumes that an earlier stack left behind. Absent: they must not exist.
   */
  readonly adopt?: k8s.Provider;
}

/** One peer, as other stacks and people need to know it. Nothing secret. */
export interface PeerInfo {
  readonly name: string;
  /** Peer id of the kubo node. */
  readonly ipfsId: string;
  /** Multiaddress of the kubo swarm inside the Kubernetes cluster, id included. */
  readonly ipfsAddress: string;
  readonly clusterId: string;
  /** Multiaddress of the cluster swarm inside the Kubernetes cluster, id included. */
  readonly clusterAddress: string;
  /** Multiaddresses of the kubo swarm outside the Kubernetes cluster, id included; none where nothing leads there. */
  readonly ipfsOutside: readonly string[];
  /** Multiaddresses of the cluster swarm outside the Kubernetes cluster, id included, for peers of other regions. */
  readonly clusterOutside: readonly string[];
}

/**
 * An IPFS Cluster: `replicas` peers, each a kubo and an ipfs-cluster pod, that find each other without a bootstrap peer, trust exactly each
 * other, and keep every pin on as many of them as the settings say.
 *
 * - Security: private by default; nothing is reachable from outside the Kubernetes cluster unless `exposure` says so; REST and pinning APIs want credentials; pods
 *   run under the `restricted` profile. Secret values are in Kubernetes Secrets and, encrypted, in the stack's state.
 * - Upgrades: a change of settings rolls, one pod at a time, the pods whose settings it is. More replicas restart nobody.
 * - Immutable after create: namespace, volume classes. More `identities` restart all pods, one at a time.
 * - `pulumi destroy` keeps volumes and namespace, unless `volumes.onDestroy` is `delete-all-data`.
 */
export class IpfsCluster extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  /** The peers that run, by ordinal. */
  readonly peers: pulumi.Output<PeerInfo[]>;
  /** Everything that makes this cluster itself, to keep for a later stack; secret. */
  readonly identity: pulumi.Output<string>;

  constructor(name: string, args: IpfsClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ipfs-cluster:index:IpfsCluster", name, {}, opts);
    const { settings } = args;
    const retained = { parent: this, ...(args.adopt ? { provider: args.adopt } : {}) };

    const home = namespace(name, settings, retained);
    const identity = stackIdentity(
      name,
      { identities: settings.identities, protect: settings.volumes.protect, kept: args.identity },
      this,
    );
    // Before the pods, as kubo announces where it is.
    const ways = perPeerWaysIn(name, { namespace: home.name, settings, after: [] }, this);
    const secrets = workloadSecrets(name, home.name, settings, identity, ways.swarm, this);
    const common = { namespace: home.name, settings, retained };
    workload(
      name,
      {
        ...common,
        role: "ipfs",
        pod: kuboPod(
          settings,
          secrets.kubo.map((secret) => secret.metadata.name),
        ),
      },
      this,
    );
    workload(name, { ...common, role: "cluster", pod: clusterPod(settings, secrets.cluster.metadata.name) }, this);

    this.namespace = pulumi.output(home.name);
    this.peers = peerInfos(settings, identity, ways);
    this.identity = bundleOf(identity);
    this.registerOutputs({ namespace: this.namespace, peers: this.peers });
  }
}

function peerInfos(
  settings: Settings,
  identity: ReturnType<typeof stackIdentity>,
  ways: PerPeerWays,
): pulumi.Output<PeerInfo[]> {
  const running = Array.from({ length: settings.replicas }, (_, ordinal) => ordinal);
  const known = pulumi.all([
    pulumi.all(running.map((ordinal) => identity.kubo[ordinal].id)),
    pulumi.all(running.map((ordinal) => identity.cluster[ordinal].id)),
    pulumi.all([...ways.swarm]),
    pulumi.all([...ways.peer]),
  ]);
  return known.apply(([ipfs, cluster, swarm, peer]) =>
    running.map((ordinal) => ({
      name: peerName(settings, "cluster", ordinal),
      ipfsId: ipfs[ordinal],
      ipfsAddress: `${kuboSwarmAddress(settings, ordinal)}/p2p/${ipfs[ordinal]}`,
      clusterId: cluster[ordinal],
      clusterAddress: clusterSwarmAddress(settings, ordinal, cluster[ordinal]),
      ipfsOutside: swarm[ordinal].map((address) => `${address}/p2p/${ipfs[ordinal]}`),
      clusterOutside: peer[ordinal].map((address) => `${address}/p2p/${cluster[ordinal]}`),
    })),
  );
}
