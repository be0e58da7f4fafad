import assert from "node:assert/strict";
import { clusterPorts, kuboPorts } from "../../components/network";
import { crdFaults, hasCrd } from "../support/crds";
import type { Graph } from "../support/graph";
import { graphOfStackFile } from "./graphs";

/** What each of the repository's stack files opens to the outside, and what it installs. */
const expected: Readonly<Record<string, { urls: Record<string, string>; outside: string[]; releases: string[] }>> = {
  dev: { urls: {}, outside: ["gateway", "pinning", "rest"], releases: [] },
  staging: {
    urls: {
      gateway: "https://gateway.staging.example.org",
      rest: "https://api.staging.example.org",
      pinning: "https://pin.staging.example.org",
    },
    outside: [],
    releases: ["cert-manager", "ingress-nginx"],
  },
  "prod-eu": {
    urls: {
      gateway: "https://eu.gateway.example.org",
      rest: "https://eu.api.example.org",
      pinning: "https://eu.pin.example.org",
    },
    outside: [0, 1, 2, 3, 4].flatMap((peer) => [`cluster-${peer}-peer`, `ipfs-${peer}-swarm`]),
    releases: [],
  },
  "prod-us": {
    urls: {
      gateway: "https://us.gateway.example.org",
      rest: "https://us.api.example.org",
      pinning: "https://us.pin.example.org",
    },
    outside: [0, 1, 2].flatMap((peer) => [`cluster-${peer}-peer`, `ipfs-${peer}-swarm`]),
    releases: [],
  },
  mesh: {
    urls: {
      gateway: "https://gateway.example.org",
      rest: "https://api.example.org",
      pinning: "https://pin.example.org",
    },
    outside: [],
    releases: [],
  },
};

/** As much of any object as these tests look at. */
interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

interface ServiceSpec {
  readonly type?: string;
  readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
}

const exposable = new Set<string>(
  [...Object.values(kuboPorts), ...Object.values(clusterPorts)]
    .filter(({ audience }) => audience !== "admin" && audience !== "monitoring")
    .map(({ name }) => name),
);

for (const [stack, { urls, outside, releases }] of Object.entries(expected)) {
  describe(`the program with Pulumi.${stack}.yaml`, () => {
    let graph: Graph;
    let objects: AnyObject[];
    before(async () => {
      graph = await graphOfStackFile(stack);
      objects = graph.resources
        .filter(({ type }) => type.startsWith("kubernetes:") && !type.includes("helm.sh"))
        .map(({ state }) => state as unknown as AnyObject);
    });

    const services = () => objects.filter(({ kind }) => kind === "Service");
    const namespace = () => String(graph.outputs.namespace);

    it("makes only custom resources that an API server takes", () => {
      const custom = objects.filter(({ apiVersion, kind }) => hasCrd(apiVersion, kind));
      const builtIn = /^(v1|apps\/v1|batch\/v1|policy\/v1|networking\.k8s\.io\/v1|cloud\.google\.com\/v1)$/;
      const unknown = objects.filter(({ apiVersion, kind }) => !hasCrd(apiVersion, kind) && !builtIn.test(apiVersion));
      assert.deepEqual(unknown, []);
      assert.deepEqual(custom.flatMap(crdFaults), []);
      assert.equal(custom.length > 0, Object.keys(urls).length > 0, "certificates, routes or policies");
    });

    it("opens what the file says, and no port of an admin", () => {
      const open = services().filter(({ spec }) => ["NodePort", "LoadBalancer"].includes(String(spec.type)));
      assert.deepEqual(open.map(({ metadata }) => metadata.name).sort(), [...outside].sort());
      for (const { metadata, spec } of open) {
        for (const { targetPort } of (spec as unknown as ServiceSpec).ports) {
          assert.ok(exposable.has(targetPort), `${metadata.name}: ${targetPort}`);
        }
      }
      const shown = Object.entries(graph.outputs.urls as object).filter(([, url]) => url !== undefined);
      assert.deepEqual(Object.fromEntries(shown), urls);
    });

    it("leads every route to a port of a Service that may be exposed", () => {
      const routes = objects.filter(({ kind }) => /^(Ingress|HTTPRoute|TCPRoute|UDPRoute|VirtualService)$/.test(kind));
      const targets = routes.flatMap(({ spec }) => [...backends(spec)]);
      assert.equal(targets.length > 0, Object.keys(urls).length > 0);
      for (const { service, port } of targets) {
        const found = services().find(({ metadata }) => metadata.name === service);
        assert.ok(found, `Service ${service}`);
        const { ports } = found.spec as unknown as ServiceSpec;
        const target = ports.find((each) => each.port === port || each.targetPort === port);
        assert.ok(target && exposable.has(target.targetPort), `${service}:${port}`);
      }
    });

    it("has a certificate wherever one is named", () => {
      const made = new Set(
        objects.flatMap(({ kind, metadata, spec }) => {
          const name = kind === "Certificate" ? String(spec.secretName) : kind === "Secret" ? metadata.name : undefined;
          return name ? [`${metadata.namespace}/${name}`] : [];
        }),
      );
      const named = objects.flatMap(({ kind, metadata, spec }) =>
        secretsNamed(kind, spec).map((secret) => {
          // Istio looks for them where its gateway's pods are.
          const place = secret.of === "istio" ? "istio-ingress" : (metadata.namespace ?? namespace());
          return `${place}/${secret.name}`;
        }),
      );
      assert.equal(named.length > 0, Object.keys(urls).length > 0);
      for (const name of named) assert.ok(made.has(name), name);
    });

    it("installs what the file says to install, in exact versions", () => {
      const installed = graph.resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
      assert.deepEqual(installed.map(({ inputs }) => inputs.name).sort(), releases);
      for (const { inputs } of installed) assert.match(String(inputs.version), /^v?\d+\.\d+\.\d+$/);
    });
  });
}

/** Every Service and port that a route leads to. */
function* backends(node: unknown): Generator<{ service: string; port: number | string }> {
  if (typeof node !== "object" || node === null) return;
  const value = node as Record<string, unknown>;
  // Ingress
  const service = value.service as { name?: string; port?: { number?: number; name?: string } } | undefined;
  if (service?.name && service.port)
    yield { service: service.name, port: service.port.number ?? service.port.name ?? "" };
  // Gateway API
  for (const reference of (value.backendRefs as { name: string; port: number }[] | undefined) ?? []) {
    yield { service: reference.name, port: reference.port };
  }
  // Istio
  const destination = value.destination as { host?: string; port?: { number: number } } | undefined;
  if (destination?.host) yield { service: destination.host.split(".")[0], port: destination.port?.number ?? 0 };
  for (const inner of Object.values(value)) yield* backends(inner);
}

/** The TLS Secrets that an object wants to be there. */
function secretsNamed(
  kind: string,
  spec: Record<string, unknown>,
): { name: string; of: "ingress" | "gateway" | "istio" }[] {
  if (kind === "Ingress") {
    return ((spec.tls as { secretName: string }[]) ?? []).map(({ secretName }) => ({
      name: secretName,
      of: "ingress",
    }));
  }
  if (kind !== "Gateway") return [];
  const servers = (spec.servers as { tls?: { credentialName?: string } }[]) ?? [];
  const listeners = (spec.listeners as { tls?: { certificateRefs?: { name: string }[] } }[]) ?? [];
  return [
    ...servers.flatMap(({ tls }) => (tls?.credentialName ? [{ name: tls.credentialName, of: "istio" as const }] : [])),
    ...listeners.flatMap(({ tls }) => tls?.certificateRefs ?? []).map(({ name }) => ({ name, of: "gateway" as const })),
  ];
}
