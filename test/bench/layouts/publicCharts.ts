import { randomBytes } from "node:crypto";
import { clusterImage, kuboImage } from "../../../components/settings/defaults";
import { newPeer } from "../support/peerKey";
import { type Layout, type Manifest, namespaceName } from "./layout";

const name = "ipfs-cluster";
const labels = { app: name };
const scripts = { name: "scripts", mountPath: "/custom" };
const kuboVolume = { name: "ipfs-storage", mountPath: "/data/ipfs" };
const clusterVolume = { name: "cluster-storage", mountPath: "/data/ipfs-cluster" };

/**
 * The layout that public Helm charts share: one StatefulSet with both programs in each pod, pods started one after the other, kubo
 * configured by a shell script of `ipfs config`, pod 0 with a given identity and the others bootstrapping from it, everybody trusted. Ports
 * are probed every 2 s, which is more often than those charts do it, and kubo is told of no public network, so that it looks for none.
 */
export function publicCharts(peers: number): Layout {
  const bootstrap = newPeer();
  const objects: Manifest[] = [
    configMap("scripts", { "configure-ipfs.sh": configureKubo, "entrypoint.sh": entrypoint }),
    configMap("env", { "bootstrap-peer-id": bootstrap.id }),
    secret({ "bootstrap-peer-priv-key": bootstrap.privateKey, "cluster-secret": randomBytes(32).toString("hex") }),
    {
      ...object("v1", "Service", name),
      spec: { clusterIP: "None", selector: labels, ports: servicePorts },
    },
    {
      ...object("apps/v1", "StatefulSet", name),
      spec: {
        serviceName: name,
        replicas: peers,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod() },
        volumeClaimTemplates: [claim(kuboVolume.name, "5Gi"), claim(clusterVolume.name, "1Gi")],
      },
    },
  ];
  const podOf = (peer: number) => `${name}-${peer}`;
  return {
    name: "public charts' layout",
    peers,
    namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceName } },
    objects,
    kuboPod: podOf,
    clusterPod: podOf,
  };
}

const configureKubo = `set -e
rm -f /data/ipfs/repo.lock
[ ! -f /data/ipfs/config ] || exit 0
ipfs init --profile=server
ipfs bootstrap rm --all
ipfs config --json AutoConf.Enabled false
ipfs config Routing.Type dht
ipfs config --json Routing.DelegatedRouters '[]'
ipfs config --json Ipns.DelegatedPublishers '[]'
ipfs config --json DNS.Resolvers '{}'
ipfs config Addresses.API /ip4/0.0.0.0/tcp/5001
ipfs config Addresses.Gateway /ip4/0.0.0.0/tcp/8080
ipfs config --json Swarm.ConnMgr.HighWater 2000
ipfs config Datastore.StorageMax 100GB
ipfs config --json API.HTTPHeaders.Access-Control-Allow-Origin '["*"]'
ipfs config --json API.HTTPHeaders.Access-Control-Allow-Methods '["PUT", "POST"]'
`;

const entrypoint = `[ -f /data/ipfs-cluster/service.json ] || ipfs-cluster-service init
case "$HOSTNAME" in
*-0)
  export CLUSTER_ID="$BOOTSTRAP_PEER_ID" CLUSTER_PRIVATEKEY="$BOOTSTRAP_PEER_PRIV_KEY"
  exec ipfs-cluster-service daemon --upgrade
  ;;
*)
  exec ipfs-cluster-service daemon --upgrade --bootstrap "/dns4/${name}-0.${name}/tcp/9096/p2p/$BOOTSTRAP_PEER_ID"
  ;;
esac
`;

function pod(): object {
  const from = (kind: "configMapKeyRef" | "secretKeyRef", source: string, key: string) => ({
    valueFrom: { [kind]: { name: source, key } },
  });
  return {
    securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
    initContainers: [
      {
        name: "configure-ipfs",
        image: kuboImage,
        command: ["sh", "/custom/configure-ipfs.sh"],
        volumeMounts: [kuboVolume, scripts],
      },
    ],
    containers: [
      {
        name: "ipfs",
        image: kuboImage,
        command: ["ipfs", "daemon", "--migrate=true"],
        env: [{ name: "IPFS_FD_MAX", value: "4096" }],
        ports: [port("swarm", 4001), port("api", 5001), port("gateway", 8080)],
        ...portProbes("swarm"),
        volumeMounts: [kuboVolume],
      },
      {
        name: "ipfs-cluster",
        image: clusterImage,
        command: ["sh", "/custom/entrypoint.sh"],
        env: [
          { name: "BOOTSTRAP_PEER_ID", ...from("configMapKeyRef", "env", "bootstrap-peer-id") },
          { name: "BOOTSTRAP_PEER_PRIV_KEY", ...from("secretKeyRef", "secrets", "bootstrap-peer-priv-key") },
          { name: "CLUSTER_SECRET", ...from("secretKeyRef", "secrets", "cluster-secret") },
          { name: "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS", value: "/ip4/0.0.0.0/tcp/9094" },
          { name: "CLUSTER_IPFSHTTP_NODEMULTIADDRESS", value: "/ip4/127.0.0.1/tcp/5001" },
          { name: "CLUSTER_CRDT_TRUSTEDPEERS", value: "*" },
        ],
        ports: [port("api-http", 9094), port("proxy-http", 9095), port("cluster-swarm", 9096)],
        ...portProbes("cluster-swarm"),
        volumeMounts: [clusterVolume, scripts],
      },
    ],
    volumes: [{ name: scripts.name, configMap: { name: "scripts" } }],
  };
}

function portProbes(portName: string): object {
  const probe = { tcpSocket: { port: portName }, periodSeconds: 2 };
  return { readinessProbe: probe, livenessProbe: { ...probe, initialDelaySeconds: 30 } };
}

function port(portName: string, containerPort: number): object {
  return { name: portName, containerPort };
}

const servicePorts = Object.entries({
  swarm: 4001,
  api: 5001,
  gateway: 8080,
  "api-http": 9094,
  "cluster-swarm": 9096,
}).map(([portName, number]) => ({ name: portName, port: number, targetPort: portName }));

function claim(claimName: string, storage: string): object {
  return {
    metadata: { name: claimName },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  };
}

function object(apiVersion: string, kind: string, objectName: string): Manifest {
  return { apiVersion, kind, metadata: { name: objectName, namespace: namespaceName, labels } };
}

function configMap(mapName: string, data: Record<string, string>): Manifest {
  return { ...object("v1", "ConfigMap", mapName), data };
}

function secret(stringData: Record<string, string>): Manifest {
  return { ...object("v1", "Secret", "secrets"), stringData };
}
