import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { withForwardedPort } from "./forwardedPort";

const ports = { rest: 9094, rpc: 5001, gateway: 8080 } as const;

/** One line of `GET /pins`: how a CID stands on every peer. */
export interface PinStatus {
  readonly cid: string;
  readonly name: string;
  readonly peer_map: Readonly<
    Record<string, { readonly peername: string; readonly status: string; readonly error: string }>
  >;
}

export interface AddOptions {
  readonly replication?: { readonly min: number; readonly max: number };
  readonly name?: string;
}

/**
 * The peers of a stack that runs on the embedded cluster, asked as `kubectl port-forward` does, which no policy keeps out: what they answer,
 * not what Kubernetes says of them.
 */
export class Peers {
  private constructor(
    readonly namespace: string,
    private readonly config: KubeConfig,
    private readonly core: CoreV1Api,
    private readonly authorization: string,
    /** Whether kubo and ipfs-cluster share a pod. */
    private readonly colocated: boolean,
  ) {}

  /** Connects to a stack by its namespace; credentials come from the Secret, as an operator would take them. */
  static async of(kubeconfig: string, namespace: string): Promise<Peers> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const { data = {} } = await core.readNamespacedSecret({ namespace, name: "cluster-credentials" });
    const [user, password] = [data.username, data.password].map((value) => Buffer.from(value, "base64").toString());
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    const sets = await config.makeApiClient(AppsV1Api).listNamespacedStatefulSet({ namespace });
    const colocated = sets.items.some(({ metadata }) => metadata?.name === "peer");
    return new Peers(namespace, config, core, authorization, colocated);
  }

  /** The pod in which a peer's kubo (`ipfs`) or ipfs-cluster runs. */
  pod(role: "ipfs" | "cluster", peer: number): string {
    return `${this.colocated ? "peer" : role}-${peer}`;
  }

  /** A pod's IP address now. */
  async address(pod: string): Promise<string> {
    const { status } = await this.core.readNamespacedPod({ namespace: this.namespace, name: pod });
    if (!status?.podIP) throw new Error(`pod ${pod} has no address yet`);
    return status.podIP;
  }

  /** How many peers Kubernetes runs. */
  async count(): Promise<number> {
    const { items } = await this.core.listNamespacedPod({
      namespace: this.namespace,
      labelSelector: `app.kubernetes.io/name=${this.colocated ? "peer" : "cluster"}`,
    });
    return items.length;
  }

  /** A request to a peer's REST API, with credentials. */
  rest(peer: number, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, authorization: this.authorization };
    return this.ask("cluster", peer, ports.rest, path, { ...init, headers });
  }

  /** A command of a kubo's RPC, such as `id` or `cat?arg=...`. */
  rpc(peer: number, command: string, init: RequestInit = {}): Promise<Response> {
    return this.ask("ipfs", peer, ports.rpc, `/api/v0/${command}`, { ...init, method: "POST" });
  }

  /** A file's bytes from a kubo's gateway, within `timeout` milliseconds. */
  async gateway(peer: number, cid: string, timeout = requestTimeout): Promise<Buffer> {
    const signal = AbortSignal.timeout(timeout);
    const response = await this.ask("ipfs", peer, ports.gateway, `/ipfs/${cid}`, { signal });
    return Buffer.from(await response.arrayBuffer());
  }

  /** A file's bytes as kubo has them, or fetches them from its peers. */
  async cat(peer: number, cid: string): Promise<Buffer> {
    return Buffer.from(await (await this.rpc(peer, `cat?arg=${cid}`)).arrayBuffer());
  }

  /** Adds a file through one cluster peer and returns its CID. */
  async add(peer: number, content: string | Uint8Array, options: AddOptions = {}): Promise<string> {
    const form = new FormData();
    form.set("file", new Blob([Buffer.from(content)]), options.name ?? "file");
    const query = new URLSearchParams({ "stream-channels": "false", ...(options.name ? { name: options.name } : {}) });
    if (options.replication) {
      query.set("replication-min", String(options.replication.min));
      query.set("replication-max", String(options.replication.max));
    }
    const response = await this.rest(peer, `/add?${query}`, { method: "POST", body: form });
    const [added] = (await response.json()) as { cid: string }[];
    return added.cid;
  }

  /** How a CID stands on every peer. */
  async status(peer: number, cid: string): Promise<PinStatus> {
    return (await this.rest(peer, `/pins/${cid}`)).json() as Promise<PinStatus>;
  }

  /** On how many peers a CID is PINNED. */
  async pinnedOn(peer: number, cid: string): Promise<number> {
    const { peer_map } = await this.status(peer, cid);
    return Object.values(peer_map).filter(({ status }) => status === "pinned").length;
  }

  /** The whole pinset as one peer knows it: CID -> ids of the peers it is allocated to. */
  async pinset(peer: number): Promise<Map<string, string[]>> {
    const response = await this.rest(peer, "/allocations?filter=all");
    const lines = (await response.text()).split("\n").filter(Boolean);
    const pins = lines.map((line) => JSON.parse(line) as { cid: string; allocations: string[] | null });
    return new Map(pins.map(({ cid, allocations }) => [cid, allocations ?? []]));
  }

  /** Ids of the peers whose free-space metric a peer holds: those it can allocate to. */
  async allocatable(peer: number): Promise<string[]> {
    const metrics = (await (await this.rest(peer, "/monitor/metrics/freespace")).json()) as {
      peer: string;
      valid: boolean;
    }[];
    return (metrics ?? []).filter(({ valid }) => valid).map((metric) => metric.peer);
  }

  private ask(
    role: "ipfs" | "cluster",
    peer: number,
    port: number,
    path: string,
    init: RequestInit,
  ): Promise<Response> {
    const { config, namespace } = this;
    return withForwardedPort(config, { namespace, name: this.pod(role, peer), port }, async (origin) => {
      const headers = { ...init.headers, connection: "close" };
      const response = await fetch(origin + path, { signal: AbortSignal.timeout(requestTimeout), ...init, headers });
      if (response.ok) return response;
      throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
    });
  }
}

const requestTimeout = 60_000;
