import { setTimeout as sleep } from "node:timers/promises";
import { isMap, type PropertyMap } from "../../protocol";
import { type KindName, type KubernetesObject, kindOf, listAt, nameOf, namespaceOf, textAt } from "../objects/object";
import { type Client, isForbidden, isNotFound, type Request } from "./client";

/** How the API server serves a kind. */
interface Served {
  /** The plural, as it is in URLs. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** The cluster has no such kind: its CustomResourceDefinition is not installed, or its name is wrong. */
export class UnknownKindError extends Error {
  constructor({ apiVersion, kind }: KindName) {
    super(
      `the cluster does not know kind ${kind} of ${apiVersion}: check the apiVersion, or install the CustomResourceDefinition first ` +
        "(`dependsOn` orders the two)",
    );
    this.name = "UnknownKindError";
  }
}

/** One event of a watch. `listed` comes after all objects that were there when it began. */
export type Change =
  | { readonly type: "set" | "deleted"; readonly object: KubernetesObject }
  | { readonly type: "listed" };

/** Which objects of a kind to list or watch. */
export interface Selection extends KindName {
  /** Empty: all namespaces, or a kind without namespaces. */
  readonly namespace?: string;
  readonly fieldSelector?: string;
}

/** The objects of a cluster, of any kind that it serves. */
export class Cluster {
  private readonly kinds = new Map<string, Promise<ReadonlyMap<string, Served>>>();

  constructor(readonly client: Client) {}

  /** Whether objects of a kind live in namespaces; undefined if the cluster does not know the kind. */
  async isNamespaced(kind: KindName): Promise<boolean | undefined> {
    return (await this.served(kind))?.namespaced;
  }

  /** Forgets which kinds there are, after a CustomResourceDefinition has come or gone. */
  forgetKinds(): void {
    this.kinds.clear();
  }

  get(object: KubernetesObject, request: Request = {}): Promise<KubernetesObject> {
    return this.send(object, { ...request, method: "GET" });
  }

  /** @throws UnknownKindError; ApiError as the API server refuses. */
  async send(object: KubernetesObject, request: Request): Promise<KubernetesObject> {
    const creates = request.method === "POST";
    const path = await this.path(
      kindOf(object),
      namespaceOf(object) || "default",
      creates ? undefined : nameOf(object),
    );
    return this.client.json(path, request);
  }

  async list(
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<{ items: KubernetesObject[]; resourceVersion: string }> {
    const { namespace = "", fieldSelector, apiVersion, kind } = selection;
    const path = await this.path(selection, namespace);
    const list = await this.client.json(path, { query: { fieldSelector }, signal });
    // The items of a list do not repeat what they are.
    const items = listAt(list, "items").map((item) => ({ apiVersion, kind, ...(isMap(item) ? item : {}) }));
    return { items, resourceVersion: textAt(list, "metadata", "resourceVersion") };
  }

  /**
   * Every object of a selection as it is now, then every change, until the signal aborts. Lost connections are taken up again.
   *
   * @throws UnknownKindError, or ApiError if the kind is gone or its objects may not be listed.
   */
  async *watch(selection: Selection, signal: AbortSignal): AsyncGenerator<Change> {
    let known = new Map<string, KubernetesObject>();
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await this.list(selection, signal);
        const now = new Map(items.map((item) => [textAt(item, "metadata", "uid"), item]));
        for (const [uid, object] of known) if (!now.has(uid)) yield { type: "deleted", object };
        for (const object of items) yield { type: "set", object };
        known = now;
        yield { type: "listed" };
        yield* this.changes(selection, resourceVersion, known, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isForbidden(error) || isNotFound(error) || error instanceof UnknownKindError) throw error;
        await sleep(1000, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** The changes since a version, until the API server ends the watch. Keeps `known` up to date. */
  private async *changes(
    selection: Selection,
    resourceVersion: string,
    known: Map<string, KubernetesObject>,
    signal: AbortSignal,
  ): AsyncGenerator<Change> {
    const { namespace = "", fieldSelector } = selection;
    const path = await this.path(selection, namespace);
    const query = { watch: "1", resourceVersion, fieldSelector, allowWatchBookmarks: "true" };
    for await (const line of this.client.lines(path, { query, signal })) {
      const event = JSON.parse(line) as { type: string; object: KubernetesObject };
      const uid = textAt(event.object, "metadata", "uid");
      if (event.type === "ERROR") return;
      if (event.type === "BOOKMARK") continue;
      if (event.type === "DELETED") known.delete(uid);
      else known.set(uid, event.object);
      yield { type: event.type === "DELETED" ? "deleted" : "set", object: event.object };
    }
  }

  private async path(kind: KindName, namespace: string, name?: string): Promise<string> {
    const served = await this.served(kind);
    if (!served) throw new UnknownKindError(kind);
    const inNamespace = served.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    const ofObject = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${root(kind)}${inNamespace}/${served.resource}${ofObject}`;
  }

  private async served(kind: KindName): Promise<Served | undefined> {
    const cached = this.kinds.has(kind.apiVersion);
    const found = (await this.discover(kind)).get(kind.kind);
    if (found || !cached) return found;
    // The definition may have come since.
    this.kinds.delete(kind.apiVersion);
    return (await this.discover(kind)).get(kind.kind);
  }

  private discover({ apiVersion }: KindName): Promise<ReadonlyMap<string, Served>> {
    const known = this.kinds.get(apiVersion) ?? this.fetchKinds(apiVersion);
    this.kinds.set(apiVersion, known);
    known.catch(() => this.kinds.delete(apiVersion));
    return known;
  }

  private async fetchKinds(apiVersion: string): Promise<ReadonlyMap<string, Served>> {
    const answer = await this.client.json(root({ apiVersion })).catch((error: unknown): PropertyMap => {
      if (isNotFound(error)) return {};
      throw error;
    });
    const resources = listAt(answer, "resources").filter(isMap);
    const objects = resources.filter((resource) => !textAt(resource, "name").includes("/"));
    return new Map(
      objects.map((resource) => [
        textAt(resource, "kind"),
        { resource: textAt(resource, "name"), namespaced: resource.namespaced === true },
      ]),
    );
  }
}

function root({ apiVersion }: Pick<KindName, "apiVersion">): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
