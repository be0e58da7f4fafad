import { clusterPorts, kuboPorts } from "../network";
import { apiHosts, type Settings } from "../settings";
import { credentialsSecret, mounts, podName } from "../workload";

/**
 * Shell commands for the people who run a stack, with its own names in them. None holds a secret, or makes it an argument of a process that
 * it can be kept from: arguments are for all users of a machine to see, and those of `kubectl exec` are in the API server's audit log.
 */
export interface Commands {
  /** Opens the REST API on this machine's port 9094. */
  readonly forwardApi: string;
  /** Opens the gateway on this machine's port 8080. */
  readonly forwardGateway: string;
  /** Opens the Pinning Service API on this machine's port 9097; absent where it is off. */
  readonly forwardPinning?: string;
  /** Opens the RPC of peer 0, kubo's administration, on this machine's port 5001: the one way in that it has. */
  readonly forwardRpc: string;
  /** Lists the peers; any other ipfs-cluster-ctl command goes in the place of `peers ls`. The pod takes the credentials from its own files. */
  readonly ctl: string;
  /** Adds a file through the forwarded API, to as many peers as the settings say. */
  readonly add: string;
  /** Reads a CID through the forwarded gateway. */
  readonly cat: string;
  /** Reads a CID from peer 0, with nothing forwarded. */
  readonly catFromPeer: string;
  /**
   * Makes the pinning service known to this machine's kubo, under the stack's name; forwarded, unless it has a host. Absent where it is off.
   * kubo takes the token as an argument only.
   */
  readonly addRemotePinning?: string;
}

/** The commands for one stack. */
export function commands(settings: Settings): Commands {
  const namespace = settings.namespace.name;
  const user = `user = "{{.data.username | base64decode}}:{{.data.password | base64decode}}"`;
  // curl's own configuration, for curl to read; a line end at the end of a value does not count.
  const login = `kubectl -n ${namespace} get secret ${credentialsSecret(settings)} -o 'go-template=${user}' | tr -d '\\n'`;
  const ipfs = podName(settings, "ipfs", 0);
  const cluster = podName(settings, "cluster", 0);
  const rest = clusterPorts.rest.number;
  const gateway = kuboPorts.gateway.number;
  const pinning = clusterPorts.pinning.number;
  const host = apiHosts(settings).find(({ use }) => use === "pinning")?.names[0];
  const service = host ? `https://${host}` : `http://127.0.0.1:${pinning}`;
  const token = `"$(${login} | curl -s -K - -X POST ${service}/token | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')"`;
  const ctl = `d=${mounts.restCredentials}; CLUSTER_CREDENTIALS="$(cat $d/username):$(cat $d/password)" ipfs-cluster-ctl --force-http "$@"`;
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
    ctl: `kubectl -n ${namespace} exec ${cluster} -c cluster -- sh -c '${ctl}' ctl peers ls`,
    add: `${login} | curl -K - -F file=@README.md http://127.0.0.1:${rest}/add`,
    cat: `curl http://127.0.0.1:${gateway}/ipfs/<cid>`,
    catFromPeer: `kubectl -n ${namespace} exec ${ipfs} -c kubo -- ipfs cat <cid>`,
  };
}
