import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type DnsRecord, type HttpWays, httpWaysIn, perPeerWaysIn } from "./exposure";
import { bundleOf, type KnownIdentity, stackIdentity } from "./identity";
import { networkPolicies } from "./network";
import { topUpJob } from "./operations";
import { type PeerInfo, peerInfos } from "./peerInfo";
import { namespace, platform } from "./platform";
import { hasGatewayPods, type Settings } from "./settings";
import { clientCredentials, gatewayPods, peers, workloadFiles } from "./workload";

export interface IpfsClusterArgs {
  /** Complete and checked, from `resolveSettings`. Decides the shape, so it holds no outputs. */
  readonly settings: Settings;
  /** Secrets that are known already; absent: new ones are made. Secret. */
  readonly identity?: KnownIdentity;
  /**
   * A provider for the same Kubernetes cluster that takes over objects which exist (`upsertExistingObjects`), for the namespace and the
   * volumes that an earlier stack left behind. Absent: they must not exist.
   */
  readonly adopt?: k8s.Provider;
  /** Whether all kubo pods are to be replaced, and ready, before any cluster pod is. Default: beside each other. */
  readonly kuboFirst?: boolean;
}

/**
 * An IPFS Cluster: `replicas` peers, each a kubo and an ipfs-cluster, that find each other without a bootstrap peer, trust exactly each
 * other, and keep every pin on as many of them as the settings say.
 *
 * - Security: private by default; nothing is reachable from outside the Kubernetes cluster unless `exposure` says so; REST and pinning APIs want credentials; pods
 *   run under the `restricted` profile. Secret values are in Kubernetes Secrets and, encrypted, in the stack's state.
 * - Upgrades: a change of settings rolls, one pod at a time, the pods whose settings it is. More replicas restart nobody,
 *   unless peers have outside addresses that are not known beforehand.
 * - Immutable after create: namespace, topology, volume classes. More `identities` restart all pods, one at a time.
 * - `pulumi destroy` keeps volumes and namespace, unless `volumes.onDestroy` is `delete-all-data`.
 */
export class IpfsCluster extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  /** The peers that run, by ordinal. */
  readonly peers: pulumi.Output<PeerInfo[]>;
  /** Everything that makes this cluster itself, to keep for a later stack; secret. */
  readonly identity: pulumi.Output<string>;
  /** Where each HTTP API is reached from outside. */
  readonly urls: HttpWays["urls"];
  /** The names to make in DNS, unless ExternalDNS makes them. */
  readonly dnsRecords: pulumi.Output<DnsRecord[]>;
  /** PEM; whom to trust, where Pulumi made the authority that signs the hosts' certificates. */
  readonly caCertificate?: pulumi.Output<string>;

  constructor(name: string, args: IpfsClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ipfs-cluster:index:IpfsCluster", name, {}, opts);
    const { settings } = args;
    const retained = { parent: this, ...(args.adopt ? { provider: args.adopt } : {}) };

    const home = namespace(name, settings, retained);
    const identity = stackIdentity(name, settings, args.identity ?? {}, this);
    const common = { namespace: home.name, settings };
    const { ready, caCertificate } = platform(name, settings, home.name, this);
    // Before the pods, as kubo announces where it is.
    const perPeer = perPeerWaysIn(name, { ...common, after: ready }, this);
    const files = workloadFiles(name, home.name, settings, identity, perPeer.swarm, this);
    const fences = networkPolicies(name, home.name, settings, this);
    const sets = peers(name, { ...common, retained, after: fences, files, kuboFirst: args.kuboFirst ?? false }, this);
    clientCredentials(name, home.name, settings, identity, sets, this);
    const pods = [
      ...sets,
      ...(hasGatewayPods(settings) ? [gatewayPods(name, { ...common, after: fences, identity }, this)] : []),
    ];
    topUpJob(name, { ...common, after: [...fences, ...pods], identity }, this);
    const { urls, dnsRecords } = httpWaysIn(name, { ...common, after: [...ready, ...pods] }, this);

    this.namespace = pulumi.output(home.name);
    this.peers = peerInfos(settings, identity, perPeer);
    this.identity = bundleOf(identity, settings);
    this.urls = urls;
    this.dnsRecords = dnsRecords;
    this.caCertificate = caCertificate;
    this.registerOutputs({ namespace: this.namespace, peers: this.peers });
  }
}
