import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Client } from "../../local/plugins/kubernetes/cluster/client";
import { Cluster } from "../../local/plugins/kubernetes/cluster/cluster";
import { type KubernetesObject, nameOf, withAt } from "../../local/plugins/kubernetes/objects/object";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Served kinds, by the path of their list. */
const served: Record<string, { kind: string; namespaced: boolean }> = {
  "/api/v1/nodes": { kind: "Node", namespaced: false },
  "/api/v1/pods": { kind: "Pod", namespaced: true },
  "/api/v1/events": { kind: "Event", namespaced: true },
  "/api/v1/configmaps": { kind: "ConfigMap", namespaced: true },
  "/apis/apps/v1/statefulsets": { kind: "StatefulSet", namespaced: true },
};

/** An API server of a few kinds that says what a test tells it to say. */
export class FakeApi {
  /** Everything that was asked for. */
  readonly received: Received[] = [];
  /** Answers a request instead of the server; undefined leaves it to it. */
  intercept: (request: Received) => { code: number; body: object; headers?: Record<string, string> } | undefined = () =>
    undefined;
  private readonly objects = new Map<string, KubernetesObject>();
  private readonly watches = new Set<{ path: string; response: ServerResponse }>();
  private readonly history: { path: string; version: number; event: object }[] = [];
  private version = 1;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeApi> {
    const server = createServer();
    const api = new FakeApi(server);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void api.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cluster(): Cluster {
    return new Cluster(
      new Client({
        server: this.address,
        ca: undefined,
        serverName: undefined,
        insecure: false,
        cert: undefined,
        key: undefined,
        authorization: async () => "Bearer token",
        namespace: "default",
      }),
    );
  }

  /** Adds or changes an object of the namespace `n`. @param plural such as `/api/v1/pods`. */
  set(plural: string, object: KubernetesObject): KubernetesObject {
    this.version++;
    const stored = withAt(object, ["metadata", "resourceVersion"], String(this.version));
    const path = inNamespace(plural);
    const type = this.objects.has(`${path}/${nameOf(object)}`) ? "MODIFIED" : "ADDED";
    this.objects.set(`${path}/${nameOf(object)}`, stored);
    this.tell(path, { type, object: stored });
    return stored;
  }

  remove(plural: string, name: string, { silently = false } = {}): void {
    this.version++;
    const path = inNamespace(plural);
    const object = this.objects.get(`${path}/${name}`);
    this.objects.delete(`${path}/${name}`);
    if (!silently && object) this.tell(path, { type: "DELETED", object });
  }

  /** Ends every watch, as a server that restarts does. */
  dropWatches(): void {
    for (const { response } of this.watches) response.destroy();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private tell(path: string, event: object): void {
    this.history.push({ path, version: this.version, event });
    for (const watch of this.watches) if (watch.path === path) watch.response.write(`${JSON.stringify(event)}\n`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://x");
    const { method = "" } = request;
    const received = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await text(request),
    };
    this.received.push(received);
    const { code, body, headers } = this.intercept(received) ?? this.respond(received, response);
    if (code === 0) return;
    response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }

  private respond(
    { path, query }: Received,
    response: ServerResponse,
  ): { code: number; body: object; headers?: Record<string, string> } {
    const kinds = Object.entries(served).filter(([list]) => list.slice(0, list.lastIndexOf("/")) === path);
    if (kinds.length > 0) {
      const resources = kinds.map(([list, { kind, namespaced }]) => ({
        name: list.split("/").at(-1),
        kind,
        namespaced,
      }));
      return { code: 200, body: { resources } };
    }
    const found = this.objects.get(path);
    if (found) return { code: 200, body: found };
    if (!Object.keys(served).map(inNamespace).includes(path))
      return { code: 404, body: { message: "not found", reason: "NotFound" } };
    if (query.get("watch") === "1") {
      const watch = { path, response };
      this.watches.add(watch);
      response.on("close", () => this.watches.delete(watch));
      response.writeHead(200).flushHeaders();
      const since = Number(query.get("resourceVersion"));
      const missed = this.history.filter((past) => past.path === path && past.version > since);
      for (const { event } of missed) response.write(`${JSON.stringify(event)}\n`);
      return { code: 0, body: {} };
    }
    const items = [...this.objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, object]) => object);
    return { code: 200, body: { items, metadata: { resourceVersion: String(this.version) } } };
  }
}

const inNamespace = (plural: string) => plural.replace(/\/([^/]+)$/, "/namespaces/n/$1");
