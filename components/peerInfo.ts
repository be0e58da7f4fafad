import * as pulumi from "@pulumi/pulumi";
import type { PerPeerWays } from "./exposure";
import type { StackIdentity } from "./identity";
import type { Settings } from "./settings";
import { clusterSwarmAddress, kuboSwarmAddress, peerName } from "./workload";

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

/** What is known of the peers that run, by ordinal. */
export function peerInfos(settings: Settings, identity: StackIdentity, ways: PerPeerWays): pulumi.Output<PeerInfo[]> {
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
