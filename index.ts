import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parseBundle } from "./components/identity";
import { IpfsCluster } from "./components/ipfsCluster";
import { commands } from "./components/operations";
import {
  bringsOtherImages,
  previousStack,
  readIdentity,
  readStackConfig,
  resolveSettings,
  takesOver,
  warnings,
} from "./components/settings";

export = async () => {
  const previous = await previousStack();
  const settings = resolveSettings(readStackConfig(), { stack: pulumi.getStack(), previous });
  const identity = parseBundle(readIdentity(), settings);
  for (const warning of warnings(settings, previous)) pulumi.log.warn(warning);

  const { context, clusterIdentifier } = settings.kubernetes;
  const provider = new k8s.Provider("kubernetes", { context, clusterIdentifier });
  const adopts = takesOver(settings, previous, identity.kubo !== undefined && identity.cluster !== undefined);
  const adopt = new k8s.Provider("kubernetes-adopt", { context, clusterIdentifier, upsertExistingObjects: adopts });
  const cluster = new IpfsCluster(
    settings.stack,
    { settings, identity, adopt, kuboFirst: bringsOtherImages(settings, previous) },
    { provider },
  );

  return {
    namespace: cluster.namespace,
    createsNamespace: settings.namespace.create,
    replicas: settings.replicas,
    topology: settings.topology,
    adopts,
    volumes: { kubo: settings.kubo.volume, cluster: settings.cluster.volume },
    acceptPeerLoss: settings.acceptPeerLoss,
    onDestroy: settings.volumes.onDestroy,
    images: { kubo: settings.kubo.image, cluster: settings.cluster.image },
    peers: cluster.peers,
    urls: cluster.urls,
    dnsRecords: cluster.dnsRecords,
    caCertificate: cluster.caCertificate,
    commands: commands(settings),
    identity: cluster.identity,
  };
};
