import type { Knob } from "./knob";

/** The shape of kubo's configuration file, `config`. */
export declare const kuboConfig: Knob;
/** The shape of ipfs-cluster's configuration file, `service.json`. */
export declare const serviceJson: Knob;

/** The environment variables that `ipfs` reads. Those of its image's start script, such as IPFS_PROFILE, are none of them. */
export declare const kuboEnvironment: ReadonlySet<string>;
/** The environment variables that `ipfs-cluster-service` reads. Those of its image's start script, such as IPFS_CLUSTER_CONSENSUS, are none of them. */
export declare const clusterEnvironment: ReadonlySet<string>;

/** The long options of `ipfs daemon`, without dashes and without those that upstream calls deprecated. */
export declare const kuboDaemonFlags: ReadonlySet<string>;
/** The long options of `ipfs-cluster-service daemon`, without dashes and without those that upstream calls deprecated. */
export declare const clusterDaemonFlags: ReadonlySet<string>;

/** The release of kubo that all this holds for, such as "v0.42.0". */
export declare const kuboVersion: string;
/** The release of ipfs-cluster that all this holds for, such as "v1.1.6". */
export declare const clusterVersion: string;

interface Tables {
  version: string;
  config: Knob;
  environment: readonly string[];
  daemonFlags: readonly string[];
}

const kubo = once<Tables>(() => require("./kubo.generated.json"));
const cluster = once<Tables>(() => require("./ipfsCluster.generated.json"));

// The constants above, each made when it is first looked at: not every part of this program that knows about names needs the tables.
for (const [name, get] of Object.entries({
  kuboConfig: () => kubo().config,
  serviceJson: () => cluster().config,
  kuboEnvironment: once(() => new Set(kubo().environment)),
  clusterEnvironment: once(() => new Set(cluster().environment)),
  kuboDaemonFlags: once(() => new Set(kubo().daemonFlags)),
  clusterDaemonFlags: once(() => new Set(cluster().daemonFlags)),
  kuboVersion: () => kubo().version,
  clusterVersion: () => cluster().version,
})) {
  Object.defineProperty(exports, name, { enumerable: true, get });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
