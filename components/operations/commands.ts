import { clusterPorts, kuboPorts } from "../network";
import { apiHosts, type Settings } from "../settings";
import { credentialsSecret, podName } from "../workload";

/** Shell commands for the people who run a stack, with its own names in them; none holds a secret. */
export interface Commands {
  /** Opens the REST API on this machine's port 9094. */
  readonly forwardApi: string;
  /** Opens the gateway on this machine's port 8080. */
  readonly forwardGateway: string;
  /** Opens the Pinning Service API on this machine's port 9097; absent where it is off. */
  readonly forwardPinning?: string;
  /** Opens the RPC of peer 0, kubo's administration, on this machine's port 5001: the one way in that it has. */
  readonly forwardRpc: string;
  /** Lists the peers; any other ipfs-cluster-ctl command goes in the place of `peers ls`. */
  readonly ctl: string;
  /** Adds a file through the forwarded API, to as many peers as the settings say. */
  readonly add: string;
  /** Reads a CID through the forwarded gateway. */
  readonly cat: string;
  /** Reads a CID from peer 0, with nothing forwarded. */
  readonly catFromPeer: string;
  /** Makes the pinning service known to this machine's kubo, under the stack's name; forwarded, unless it has a host. Absent where it is off. */
  readonly addRemotePinning?: string;
}

/** The commands for one stack. */
export function commands(settings: Settings): Commands {
  const namespace = settings.namespace.name;
  const format = "go-template={{.data.username | base64decode}}:{{.data.password | base64decode}}";
  const user = `"$(kubectl -n ${namespace} get secret ${credentialsSecret(settings)} -o '${format}')"`;
  const ipfs = podName(settings, "ipfs", 0);
  const cluster = podName(settings, "cluster", 0);
  const rest = clusterPorts.rest.number;
  const gateway = kuboPorts.gateway.number;
  const pinning = clusterPorts.pinning.number;
  const host = apiHosts(settings).find(({ use }) => use === "pinning")?.names[0];
  const service = host ? `https://${host}` : `http://127.0.0.1:${pinning}`;
  const token = `"$(curl -s -u ${user} -X POST ${service}/token | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')"`;
  return {
    forwardApi: `kubectl -n ${namespace} port-forward pod/${cluster} ${rest}`,
    forwardGateway: `kubectl -n ${namespace} port-forward pod/${ipfs} ${gateway}`,
    ...(settings.cluster.pinningService
      ? {
          forwardPinning: `kubectl -n ${namespace} port-forward pod/${cluster} ${pinning}`,
          addRemotePinning: `ipfs pin remote service add ${settings.stack} ${service} ${token}`,
        }
      : {}),
    forwardRpc: `kubectl -n ${namespace} port-forward pod/${ipfs} ${kuboPorts.rpc.number}`,
    ctl: `kubectl -n ${namespace} exec ${cluster} -c cluster -- ipfs-cluster-ctl --force-http --basic-auth ${user} peers ls`,
    add: `curl -u ${user} -F file=@README.md http://127.0.0.1:${rest}/add`,
    cat: `curl http://127.0.0.1:${gateway}/ipfs/<cid>`,
    catFromPeer: `kubectl -n ${namespace} exec ${ipfs} -c kubo -- ipfs cat <cid>`,
  };
}
