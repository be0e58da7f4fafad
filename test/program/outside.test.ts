import assert from "node:assert/strict";
import { clusterPorts, kuboPorts } from "../../components/network";
import type { Graph } from "../support/graph";
import { graphOf } from "./graphs";
import { type KubernetesObject, objectNamed, objectsOf } from "./objects";
import { stacks } from "./stacks";

const each = (name: (ordinal: number) => string) => [0, 1, 2].map(name);

/** The Services that are open to the outside, by the stack's name above; none for those that are not named. */
const opened: Readonly<Record<string, readonly string[]>> = {
  "node ports for each peer": [...each((n) => `cluster-${n}-peer`), ...each((n) => `ipfs-${n}-swarm`)],
  "kubo and ipfs-cluster in one pod": [...each((n) => `cluster-${n}-peer`), ...each((n) => `ipfs-${n}-swarm`)],
  "load balancers for each peer": [
    ...each((n) => `cluster-${n}-peer`),
    ...each((n) => `ipfs-${n}-swarm`),
    ...each((n) => `ipfs-${n}-swarm-udp`),
  ],
};

for (const [about, settings] of Object.entries(stacks)) {
  describe(`the way in to the program with ${about}`, () => {
    let graph: Graph;
    before(async () => {
      graph = await graphOf(settings);
    });

    it("opens to the outside what the settings say and nothing else", () => {
      const outside = objectsOf(graph, "Service").filter(({ spec }) => (spec.type ?? "ClusterIP") !== "ClusterIP");
      assert.deepEqual(outside.map(({ metadata }) => metadata.name).sort(), [...(opened[about] ?? [])].sort());
      const admin = [kuboPorts.rpc, clusterPorts.proxy, clusterPorts.metrics].map(({ number }) => number);
      for (const { metadata, spec } of outside) {
        assert.ok(
          spec.ports.every(({ port }) => !admin.includes(port as (typeof admin)[number])),
          metadata.name,
        );
      }
    });

    it("has kubo announce where its own peer is, as the stack's outputs say, and nobody else's", () => {
      const peers = graph.outputs.peers as readonly { ipfsId: string; ipfsOutside: string[]; clusterId: string }[];
      for (const [ordinal, config] of kuboConfigs(graph).slice(0, peers.length).entries()) {
        const { Announce, AppendAnnounce } = config.Addresses;
        const { ipfsId, ipfsOutside } = peers[ordinal];
        const outside = ipfsOutside.map((address) => address.replace(`/p2p/${ipfsId}`, ""));
        assert.deepEqual(
          [Announce, AppendAnnounce],
          settings.network === "public" ? [outside, []] : [[], outside],
          `ipfs-${ordinal}`,
        );
      }
      const all = peers.flatMap(({ ipfsOutside }) => ipfsOutside);
      assert.equal(new Set(all).size, all.length);
    });

    it("leads from listeners that there are to ports that there are", () => {
      const listeners = objectsOf(graph, "Gateway").flatMap(({ spec }) => routing(spec).listeners);
      const used = ["TCPRoute", "UDPRoute", "HTTPRoute"].flatMap((kind) =>
        objectsOf(graph, kind).flatMap(({ metadata, spec }) => {
          const { parentRefs, rules } = routing(spec);
          for (const { name, port } of rules.flatMap(({ backendRefs = [] }) => backendRefs)) {
            const protocol = kind === "UDPRoute" ? "UDP" : "TCP";
            const { ports } = objectNamed(graph, "Service", name).spec;
            assert.ok(
              ports.some((each) => each.port === port && (each.protocol ?? "TCP") === protocol),
              `${kind} ${metadata.name}`,
            );
          }
          return parentRefs.map(({ sectionName }) => sectionName);
        }),
      );
      assert.deepEqual([...new Set(used)].sort(), listeners.map(({ name }) => name).sort());
    });
  });
}

/** What tests read of Gateways and routes. */
interface Routing {
  readonly listeners: readonly { readonly name: string }[];
  readonly parentRefs: readonly { readonly sectionName: string }[];
  readonly rules: readonly { readonly backendRefs?: readonly { readonly name: string; readonly port: number }[] }[];
}

const routing = (spec: KubernetesObject["spec"]) => spec as unknown as Routing;

/** The config of every kubo that may ever run, by ordinal. */
function kuboConfigs(graph: Graph): { Addresses: { Announce: string[]; AppendAnnounce: string[] } }[] {
  const files = Object.assign({}, ...objectsOf(graph, "ConfigMap").map(({ data }) => data));
  const count = Object.keys(files).filter((name) => /^config-\d+\.json$/.test(name)).length;
  return Array.from({ length: count }, (_, ordinal) => JSON.parse(files[`config-${ordinal}.json`]));
}
