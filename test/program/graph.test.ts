import assert from "node:assert/strict";
import { clusterPorts, kuboPorts } from "../../components/network";
import type { Graph, Registered } from "../support/graph";
import { graphOf } from "./graphs";
import {
  containersOf,
  type KubernetesObject,
  matches,
  objectNamed,
  objectsOf,
  podsOf,
  resourcesOf,
  type VolumeMount,
} from "./objects";

/** Stack files that together use every option that adds or takes away resources. */
const stacks: Readonly<Record<string, Record<string, unknown>>> = {
  dev: { environment: "dev" },
  staging: { environment: "staging", network: "public" },
  prod: { environment: "prod", replicas: 5, identities: 30, cluster: { proxy: true } },
  "one peer in a namespace that exists": {
    environment: "dev",
    replicas: 1,
    namespace: { name: "mine", create: false },
    cluster: { metrics: false, pinningService: false },
  },
  "node ports for each peer": {
    environment: "dev",
    exposure: {
      swarm: { way: "nodePort", basePort: 30400, addresses: ["192.0.2.1"] },
      peer: { way: "nodePort", basePort: 30500, addresses: ["one.example.org", "192.0.2.2", "2001:db8::3"] },
    },
  },
  "load balancers for each peer": {
    environment: "staging",
    network: "public",
    exposure: {
      swarm: {
        way: "loadBalancer",
        provider: "gke",
        addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
      },
      peer: { way: "loadBalancer", provider: "metallb" },
    },
  },
  "listeners of a Gateway and WebSocket for each peer": {
    environment: "dev",
    network: "public",
    gatewayApi: { class: "any" },
    exposure: {
      swarm: {
        way: "gatewayApi",
        basePort: 4100,
        addresses: ["gateway.example.org"],
        websocket: { way: "gatewayApi", host: "ws.example.org" },
      },
    },
  },
};

const each = (name: (ordinal: number) => string) => [0, 1, 2].map(name);

/** The Services that are open to the outside, by the stack's name above; none for those that are not named. */
const opened: Readonly<Record<string, readonly string[]>> = {
  "node ports for each peer": [...each((n) => `cluster-${n}-peer`), ...each((n) => `ipfs-${n}-swarm`)],
  "load balancers for each peer": [
    ...each((n) => `cluster-${n}-peer`),
    ...each((n) => `ipfs-${n}-swarm`),
    ...each((n) => `ipfs-${n}-swarm-udp`),
  ],
};

for (const [about, settings] of Object.entries(stacks)) {
  describe(`the program with ${about}`, () => {
    let graph: Graph;
    let statefulSets: KubernetesObject[];
    let workloads: KubernetesObject[];
    before(async () => {
      graph = await graphOf(settings);
      statefulSets = objectsOf(graph, "StatefulSet");
      workloads = [...statefulSets, ...objectsOf(graph, "Deployment")];
    });

    const selected = (selector: KubernetesObject["spec"]["selector"]["matchLabels"]) =>
      workloads.filter((workload) => podsOf(workload).some(({ labels }) => matches(selector, labels)));

    it("registers no resource twice", () => {
      const urns = graph.resources.map(({ urn }) => urn);
      assert.equal(new Set(urns).size, urns.length);
      assert.ok(urns.every((urn) => urn.startsWith("urn:pulumi:prod-eu::ipfs-cluster::")));
    });

    it("has everything but the providers below the component, and named after it", () => {
      const component = graph.resources.find(({ type }) => type === "ipfs-cluster:index:IpfsCluster");
      assert.equal(component?.name, "prod-eu");
      for (const { type, name, parent } of graph.resources) {
        if (type.startsWith("pulumi:providers:") || name === "prod-eu") continue;
        assert.equal(parent, component?.urn, name);
        assert.ok(name.startsWith("prod-eu-"), name);
      }
    });

    it("adopts what outlives a stack, and nothing else", () => {
      for (const { type, name, provider } of resourcesOf(graph)) {
        const adopts = /:(Namespace|PersistentVolumeClaim)$/.test(type);
        assert.match(provider, adopts ? /::kubernetes-adopt::/ : /::kubernetes::kubernetes$/, name);
      }
    });

    it("has all in one namespace, which enforces restricted pods where it is its own", () => {
      const name = settings.namespace ? "mine" : "ipfs-prod-eu";
      const own = objectsOf(graph, "Namespace");
      assert.equal(own.length, name === "mine" ? 0 : 1);
      for (const { metadata } of own) {
        assert.equal(metadata.name, name);
        for (const mode of ["enforce", "audit", "warn"]) {
          assert.equal(metadata.labels[`pod-security.kubernetes.io/${mode}`], "restricted");
        }
      }
      for (const { kind, metadata } of objectsOf(graph)) {
        if (kind !== "Namespace") assert.equal(metadata.namespace, name, `${kind} ${metadata.name}`);
      }
      assert.equal(graph.outputs.namespace, name);
    });

    it("labels all as its own", () => {
      for (const { kind, metadata } of objectsOf(graph)) {
        assert.equal(metadata.labels["app.kubernetes.io/instance"], "prod-eu", `${kind} ${metadata.name}`);
        assert.equal(metadata.labels["app.kubernetes.io/part-of"], "ipfs-cluster");
      }
    });

    it("selects with every selector the pods of one workload", () => {
      for (const set of statefulSets) {
        const { selector, template } = set.spec;
        const selectors = [
          selector.matchLabels,
          ...JSON.stringify(template.spec).matchAll(/"matchLabels":(\{[^}]*\})/g),
        ];
        assert.equal(selectors.length, 4, "its own, anti-affinity, and spread over zones and machines");
        for (const each of selectors) {
          assert.deepEqual(selected(Array.isArray(each) ? JSON.parse(each[1]) : each), [set]);
        }
      }
      for (const { metadata, spec } of objectsOf(graph, "PodDisruptionBudget")) {
        assert.deepEqual(
          selected(spec.selector.matchLabels),
          workloads.filter((each) => each.metadata.name === metadata.name),
        );
      }
      for (const service of objectsOf(graph, "Service")) {
        const [set, ...others] = selected(service.spec.selector);
        assert.ok(set && others.length === 0, service.metadata.name);
        const pods = podsOf(set).filter(({ labels }) => matches(service.spec.selector, labels));
        const { name } = service.metadata;
        const all = podsOf(set).map((pod) => pod.name);
        const own = all.filter((pod) => name === pod || name.startsWith(`${pod}-`));
        assert.deepEqual(
          pods.map((pod) => pod.name),
          own.length > 0 ? own : all,
        );
      }
    });

    it("gives every peer a Service that can be found before the peer is ready, and both kinds a headless one", () => {
      const inside = objectsOf(graph, "Service").filter(({ spec }) => spec.type === undefined);
      const expected = statefulSets.flatMap((set) => [set.metadata.name, ...podsOf(set).map(({ name }) => name)]);
      assert.deepEqual(inside.map(({ metadata }) => metadata.name).sort(), expected.sort());
      for (const { metadata, spec } of inside) {
        assert.equal(spec.publishNotReadyAddresses, true);
        assert.equal(spec.clusterIP, /-\d+$/.test(metadata.name) ? undefined : "None");
      }
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
      for (const [ordinal, config] of kuboConfigs(graph).entries()) {
        const { Announce, AppendAnnounce } = config.Addresses;
        const { ipfsId, ipfsOutside } = peers[ordinal] ?? { ipfsId: "", ipfsOutside: [] };
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

    it("leads every port of a Service and every probe to a port of the pods", () => {
      for (const set of workloads) {
        const ports = set.spec.template.spec.containers.flatMap((container) => container.ports ?? []);
        for (const service of objectsOf(graph, "Service")) {
          if (!selected(service.spec.selector).includes(set)) continue;
          for (const { targetPort, port } of service.spec.ports) {
            const target = ports.find(({ name }) => name === targetPort);
            // The one Service under another number, where programs expect a kubo.
            const expected = service.metadata.name === "proxy" ? kuboPorts.rpc.number : target?.containerPort;
            assert.ok(target && port === expected, `${service.metadata.name}:${targetPort}`);
          }
        }
        for (const { startupProbe, readinessProbe, livenessProbe } of set.spec.template.spec.containers) {
          assert.ok(startupProbe && readinessProbe && livenessProbe);
          for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
            if (probe.httpGet) assert.ok(ports.some(({ name }) => name === probe.httpGet?.port));
          }
        }
      }
    });

    it("names only Services, accounts, claims and Secrets that there are", () => {
      for (const set of statefulSets) {
        const { serviceName, template, volumeClaimTemplates } = set.spec;
        assert.equal(objectNamed(graph, "Service", serviceName).spec.clusterIP, "None");
        assert.equal(
          objectNamed(graph, "ServiceAccount", template.spec.serviceAccountName).automountServiceAccountToken,
          false,
        );
        for (const { name } of podsOf(set)) {
          for (const { metadata, spec } of volumeClaimTemplates) {
            assert.deepEqual(objectNamed(graph, "PersistentVolumeClaim", `${metadata.name}-${name}`).spec, spec);
          }
        }
        for (const { secret, projected } of template.spec.volumes) {
          const names = projected
            ? projected.sources.map((source) => source.secret.name)
            : secret
              ? [secret.secretName]
              : [];
          for (const name of names) objectNamed(graph, "Secret", name);
        }
      }
    });

    it("mounts only files that their Secret holds, for every peer that may ever run", () => {
      const identities = Number(settings.identities ?? 10);
      for (const { spec } of statefulSets) {
        const { volumes } = spec.template.spec;
        const templates = spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
        for (const { name, subPath, subPathExpr } of containersOf(spec.template.spec).flatMap(mountsOf)) {
          const volume = volumes.find((each) => each.name === name);
          assert.ok(volume || templates.includes(name), name);
          if (!subPath && !subPathExpr) continue;
          const secrets = volume?.projected?.sources.map(({ secret }) => secret.name) ?? [
            volume?.secret?.secretName ?? "",
          ];
          const files = secrets.flatMap((secret) => Object.keys(objectNamed(graph, "Secret", secret).stringData ?? {}));
          assert.equal(new Set(files).size, files.length, "a file is in one Secret only");
          for (let ordinal = 0; ordinal < identities; ordinal++) {
            const file = subPath ?? subPathExpr?.replace("$(POD_INDEX)", String(ordinal));
            assert.ok(files.includes(String(file)), file);
          }
        }
      }
    });

    it("runs every container under the restricted profile and more", () => {
      for (const { spec } of workloads) {
        const pod = spec.template.spec;
        assert.equal(pod.securityContext.runAsNonRoot, true);
        assert.notEqual(pod.securityContext.runAsUser, 0);
        assert.deepEqual(pod.securityContext.seccompProfile, { type: "RuntimeDefault" });
        assert.equal(pod.automountServiceAccountToken, false);
        assert.equal(pod.enableServiceLinks, false);
        assert.ok(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC);
        for (const { name, securityContext, resources, ports = [] } of containersOf(pod)) {
          assert.deepEqual(
            securityContext,
            { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
            name,
          );
          for (const amounts of [resources.requests, resources.limits]) {
            assert.deepEqual(Object.keys(amounts).sort(), ["cpu", "ephemeral-storage", "memory"]);
          }
          assert.ok(ports.every(({ hostPort }) => hostPort === undefined));
        }
      }
      const volumes = statefulSets.flatMap(({ spec }) =>
        spec.template.spec.volumes.flatMap((volume) => Object.keys(volume)),
      );
      assert.deepEqual([...new Set(volumes)].sort(), ["emptyDir", "name", "projected", "secret"]);
    });

    it("starts all peers at once, and lets only one go at a time", () => {
      const replicas = Number(settings.replicas ?? 3);
      assert.deepEqual(
        statefulSets.map(({ spec }) => spec.replicas),
        [replicas, replicas],
      );
      assert.ok(
        statefulSets.every(
          ({ spec }) => (spec as unknown as Record<string, unknown>).podManagementPolicy === "Parallel",
        ),
      );
      const budgets = objectsOf(graph, "PodDisruptionBudget");
      assert.equal(budgets.length, workloads.filter(({ spec }) => spec.replicas > 1).length);
      for (const { spec } of budgets) assert.equal((spec as unknown as Record<string, unknown>).maxUnavailable, 1);
    });

    it("names in its commands what there is", () => {
      const lines = Object.values(graph.outputs.commands as Record<string, string>);
      const pods = statefulSets.flatMap((set) => podsOf(set).map(({ name }) => name));
      const containers = statefulSets.flatMap(({ spec }) => containersOf(spec.template.spec).map(({ name }) => name));
      const named = (pattern: RegExp) => lines.flatMap((line) => [...line.matchAll(pattern)].map(([, name]) => name));
      for (const secret of named(/get secret (\S+)/g)) objectNamed(graph, "Secret", secret);
      for (const pod of [...named(/pod\/(\S+)/g), ...named(/exec (\S+)/g)]) assert.ok(pods.includes(pod), pod);
      for (const container of named(/ -c (\S+)/g)) assert.ok(containers.includes(container), container);
      assert.deepEqual([...new Set(named(/kubectl -n (\S+)/g))], [graph.outputs.namespace]);
      assert.ok(named(/get secret (\S+)/g).length > 0 && named(/exec (\S+)/g).length > 0);
    });

    it("registers in a preview, where little is known, the same resources with the same options", async () => {
      const preview = await graphOf(settings, { preview: true });
      const outlines = ({ resources }: Graph) => resources.map(outline).sort();
      assert.deepEqual(outlines(preview), outlines(graph));
      assert.deepEqual(preview.secretOutputs, graph.secretOutputs);
    });
  });
}

/** The config of every kubo that may ever run, by ordinal. */
function kuboConfigs(graph: Graph): { Addresses: { Announce: string[]; AppendAnnounce: string[] } }[] {
  const files = Object.assign({}, ...objectsOf(graph, "Secret").map(({ stringData }) => stringData));
  const count = Object.keys(files).filter((name) => /^config-\d+\.json$/.test(name)).length;
  return Array.from({ length: count }, (_, ordinal) => JSON.parse(files[`config-${ordinal}.json`]));
}

function mountsOf({ volumeMounts }: { readonly volumeMounts: readonly VolumeMount[] }): readonly VolumeMount[] {
  return volumeMounts;
}

/** All that must be the same whether values are known or not. */
function outline({ urn, provider, protect, retainOnDelete, ignoreChanges, dependencies }: Registered): string {
  return JSON.stringify({
    urn,
    provider,
    protect,
    retainOnDelete,
    ignoreChanges,
    dependencies: [...dependencies].sort(),
  });
}

describe("volumes", () => {
  const kept = /:(Namespace|PersistentVolumeClaim)$/;
  const options = async (settings: Record<string, unknown>) => {
    const { resources } = await graphOf(settings);
    const found = resources.filter(({ type }) => kept.test(type));
    assert.equal(found.length, 7);
    return { all: resources, kept: new Set(found.map((each) => `${each.protect} ${each.retainOnDelete}`)) };
  };

  it("are retained by destroy, with their namespace, and protected in prod", async () => {
    assert.deepEqual([...(await options({ environment: "dev" })).kept], ["false true"]);
    assert.deepEqual([...(await options({ environment: "prod" })).kept], ["true true"]);
  });

  it("are deleted only under the one setting that says so", async () => {
    const { kept: found } = await options({ environment: "dev", volumes: { onDestroy: "delete-all-data" } });
    assert.deepEqual([...found], ["false false"]);
  });

  it("are protected when asked to, with the identities that their pins belong to", async () => {
    const { all, kept: found } = await options({ environment: "dev", volumes: { protect: true } });
    assert.deepEqual([...found], ["true true"]);
    const identities = all.filter(({ type }) => /^(random|tls):/.test(type));
    assert.equal(identities.length, 23);
    assert.ok(identities.every(({ protect }) => protect));
  });

  it("are never replaced by their StatefulSet, nor deleted with it", async () => {
    const graph = await graphOf({ environment: "dev" });
    for (const { ignoreChanges, inputs } of resourcesOf(graph, "StatefulSet")) {
      assert.deepEqual(ignoreChanges, ["spec.volumeClaimTemplates"]);
      const { persistentVolumeClaimRetentionPolicy } = inputs.spec as Record<string, unknown>;
      assert.deepEqual(persistentVolumeClaimRetentionPolicy, { whenDeleted: "Retain", whenScaled: "Retain" });
    }
  });
});

describe("warnings", () => {
  it("of the settings reach the operator", async () => {
    const { warnings } = await graphOf({ environment: "dev", cluster: { volume: { size: "100Mi" } } });
    assert.deepEqual(warnings, [
      "ipfs-cluster:cluster.volume.size 100Mi is less than the 500Mi that a cluster peer needs at least",
    ]);
  });
});
