import assert from "node:assert/strict";
import { kuboPorts } from "../../components/network";
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
  type Volume,
  type VolumeMount,
} from "./objects";
import { stacks } from "./stacks";

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

    it("selects with every selector the pods of one StatefulSet", () => {
      for (const set of statefulSets) {
        const { selector, template } = set.spec;
        const selectors = [
          selector.matchLabels,
          ...JSON.stringify(template.spec).matchAll(/"matchLabels":(\{[^}]*\})/g),
        ];
        const isCluster = set.metadata.name === "cluster";
        assert.equal(selectors.length, isCluster ? 5 : 4, "its own, anti-affinity, spread; beside kubo");
        const found = selectors.map((each) => selected(Array.isArray(each) ? JSON.parse(each[1]) : each));
        const [ipfs] = statefulSets.filter(({ metadata }) => metadata.name === "ipfs");
        assert.deepEqual(
          found.filter(([one, ...more]) => one !== set || more.length > 0),
          isCluster ? [[ipfs]] : [],
        );
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
        const own = all.filter((pod) => podOf(settings, name) === pod);
        assert.deepEqual(
          pods.map((pod) => pod.name),
          own.length > 0 ? own : all,
        );
      }
    });

    it("gives every peer a Service that can be found before the peer is ready, and both kinds a headless one", () => {
      const inside = objectsOf(graph, "Service").filter(({ spec }) => spec.type === undefined);
      const ordinals = Array.from({ length: Number(settings.replicas ?? 3) }, (_, ordinal) => ordinal);
      const expected = [
        ...statefulSets.map(({ metadata }) => metadata.name),
        ...ordinals.flatMap((ordinal) => [`ipfs-${ordinal}`, `cluster-${ordinal}`]),
      ];
      assert.deepEqual(inside.map(({ metadata }) => metadata.name).sort(), expected.sort());
      for (const { metadata, spec } of inside) {
        assert.equal(spec.publishNotReadyAddresses, true);
        assert.equal(spec.clusterIP, /-\d+$/.test(metadata.name) ? undefined : "None");
      }
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

    it("names only Services, accounts, claims, ConfigMaps and Secrets that there are", () => {
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
        for (const { secret, configMap, projected } of template.spec.volumes) {
          if (secret) objectNamed(graph, "Secret", secret.secretName);
          if (configMap) objectNamed(graph, "ConfigMap", configMap.name);
          for (const source of projected?.sources ?? []) objectNamed(graph, "ConfigMap", source.configMap.name);
        }
      }
    });

    it("mounts only files that their ConfigMap or Secret holds, for every peer that may ever run", () => {
      const identities = Number(settings.identities ?? 10);
      for (const { spec } of statefulSets) {
        const { volumes } = spec.template.spec;
        const templates = spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
        for (const { name, subPath, subPathExpr } of containersOf(spec.template.spec).flatMap(mountsOf)) {
          const volume = volumes.find((each) => each.name === name);
          assert.ok(volume || templates.includes(name), name);
          if (!subPath && !subPathExpr) continue;
          const files = filesOf(graph, volume);
          assert.equal(new Set(files).size, files.length, "a file is in one place only");
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
      assert.deepEqual([...new Set(volumes)].sort(), ["configMap", "emptyDir", "name", "projected", "secret"]);
    });

    it("starts all peers at once, and lets only one go at a time", () => {
      const replicas = Number(settings.replicas ?? 3);
      assert.deepEqual(
        Object.fromEntries(statefulSets.map(({ metadata, spec }) => [metadata.name, spec.replicas])),
        settings.topology === "colocated" ? { peer: replicas } : { ipfs: replicas, cluster: replicas },
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

    it("fences every pod before it runs", () => {
      const fences = resourcesOf(graph, "NetworkPolicy").map(({ urn }) => urn);
      const runs = ["StatefulSet", "Deployment", "CronJob"].flatMap((kind) => resourcesOf(graph, kind));
      assert.equal(fences.length, runs.length + 1);
      for (const { name, dependencies } of runs) {
        assert.deepEqual(
          fences.filter((urn) => !dependencies.includes(urn)),
          [],
          name,
        );
      }
    });

    it("names in its commands what there is", () => {
      const lines = Object.values(graph.outputs.commands as Record<string, string>);
      const pods = statefulSets.flatMap((set) => podsOf(set).map(({ name }) => name));
      const containers = statefulSets.flatMap(({ spec }) => containersOf(spec.template.spec).map(({ name }) => name));
      const named = (pattern: RegExp) => lines.flatMap((line) => [...line.matchAll(pattern)].map(([, name]) => name));
      for (const secret of named(/get secret (\S+)/g)) objectNamed(graph, "Secret", secret);
      for (const pod of [...named(/pod\/(\S+)/g), ...named(/exec (\S+)/g)]) assert.ok(pods.includes(pod), pod);
      for (const container of named(/ exec \S+ -c (\S+)/g)) assert.ok(containers.includes(container), container);
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

/** The pod that a Service of one peer, such as `ipfs-0` or `ipfs-0-swarm`, leads to; undefined for one of many. */
function podOf({ topology }: Record<string, unknown>, service: string): string | undefined {
  const [, role, ordinal] = /^(ipfs|cluster)-(\d+)(-|$)/.exec(service) ?? [];
  if (role === undefined) return undefined;
  return `${topology === "colocated" ? "peer" : role}-${ordinal}`;
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

  it("are not protected any more where their peers are about to leave", async () => {
    const { resources } = await graphOf({ environment: "prod", acceptPeerLoss: { downTo: 2 } });
    const claims = resources.filter(({ type }) => type.endsWith(":PersistentVolumeClaim"));
    assert.deepEqual(
      claims.filter(({ protect }) => !protect).map(({ state }) => (state.metadata as { name: string }).name),
      ["data-ipfs-2", "data-cluster-2"],
    );
    assert.ok(claims.every(({ retainOnDelete }) => retainOnDelete));
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

/** The files of a volume that is made of ConfigMaps or a Secret. */
function filesOf(graph: Graph, volume: Volume | undefined): string[] {
  if (volume?.secret) return Object.keys(objectNamed(graph, "Secret", volume.secret.secretName).stringData ?? {});
  const maps = volume?.projected?.sources.map(({ configMap }) => configMap.name) ?? [volume?.configMap?.name ?? ""];
  return maps.flatMap((name) => Object.keys(objectNamed(graph, "ConfigMap", name).data ?? {}));
}
