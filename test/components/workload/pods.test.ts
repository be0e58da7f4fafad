import assert from "node:assert/strict";
import { clusterPorts, kuboPorts } from "../../../components/network";
import { parseQuantity, type Settings } from "../../../components/settings";
import { clusterDaemonFlags, clusterEnvironment, kuboDaemonFlags, kuboEnvironment } from "../../../components/upstream";
import { clusterPod, kuboConfig, kuboPod, peerPod, serviceJson } from "../../../components/workload";
import { filesOf, peerIdsOf, peersOf, samples, settingsOf } from "./samples";

interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Probe {
  readonly exec?: { readonly command: readonly string[] };
}

interface Pod {
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes: readonly { readonly name: string }[];
    readonly securityContext: Readonly<Record<string, unknown>>;
    readonly dnsConfig: { readonly options: readonly { readonly name: string; readonly value: string }[] };
    readonly terminationGracePeriodSeconds: number;
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: readonly { readonly key: string }[];
    readonly imagePullSecrets: readonly { readonly name: string }[];
    readonly priorityClassName?: string;
    readonly affinity: {
      readonly podAffinity?: {
        readonly preferredDuringSchedulingIgnoredDuringExecution: readonly { readonly podAffinityTerm: object }[];
      };
    };
    readonly topologySpreadConstraints: readonly { readonly topologyKey: string; readonly whenUnsatisfiable: string }[];
  };
}

const peer = (settings: Settings) => peerPod(settings, filesOf(settings)) as unknown as Pod;

/** A pod as it is for one of its programs. */
function programs(pod: Pod, ...names: string[]): Pod {
  const own = (containers: readonly Container[] = []) => containers.filter(({ name }) => names.includes(name));
  const { containers, initContainers } = pod.spec;
  return { ...pod, spec: { ...pod.spec, containers: own(containers), initContainers: own(initContainers) } };
}

function kubo(settings: Settings): Pod {
  if (settings.topology === "colocated") return programs(peer(settings), "configure", "kubo");
  return kuboPod(settings, filesOf(settings)) as unknown as Pod;
}

function cluster(settings: Settings): Pod {
  if (settings.topology === "colocated") return programs(peer(settings), "cluster");
  return clusterPod(settings, filesOf(settings)) as unknown as Pod;
}

const daemon = (pod: Pod) => pod.spec.containers[0];
const everyContainer = ({ spec }: Pod) => [...(spec.initContainers ?? []), ...spec.containers];
const variable = (container: Container, name: string) => container.env.find((each) => each.name === name)?.value;

describe("pods", () => {
  for (const { about, settings } of samples) {
    describe(about, () => {
      for (const [name, pod, known] of [
        ["kubo", kubo, kuboEnvironment],
        ["ipfs-cluster", cluster, clusterEnvironment],
      ] as const) {
        it(`set only variables that ${name} reads, each once`, () => {
          for (const { env } of everyContainer(pod(settings))) {
            const names = env.map((each) => each.name);
            assert.equal(new Set(names).size, names.length);
            // POD_INDEX is for what comes after it: other variables, mounts and the start script.
            assert.deepEqual(
              names.filter((each) => !known.has(each)),
              ["POD_INDEX"],
            );
          }
        });
      }

      it("start their daemon with flags that it has, ours first", () => {
        for (const [pod, line, known, extra] of [
          [kubo(settings), /^exec ipfs daemon (.*)"\$@"$/m, kuboDaemonFlags, settings.kubo.arguments],
          [
            cluster(settings),
            /^exec ipfs-cluster-service daemon (.*)"\$@"$/m,
            clusterDaemonFlags,
            settings.cluster.arguments,
          ],
        ] as const) {
          const { command } = daemon(pod);
          const ours = line.exec(command[2])?.[1].split(" ").filter(Boolean);
          assert.ok(ours, command[2]);
          assert.deepEqual(command.slice(4), extra);
          for (const flag of [...ours, ...extra]) assert.ok(known.has(flag.replace(/^--|=.*/g, "")), flag);
        }
      });

      it("run scripts that Kubernetes does not rewrite", () => {
        for (const container of [...everyContainer(kubo(settings)), ...everyContainer(cluster(settings))]) {
          const known = new Set(container.env.map(({ name }) => name));
          const references = [...container.command[2].matchAll(/\$(\$|\(([A-Za-z_]\w*)\))/g)];
          assert.deepEqual(
            references.filter(([text, , name]) => text === "$$" || known.has(name)),
            [],
          );
        }
      });

      it("mount only volumes that they have, and no two things in one place", () => {
        for (const pod of [kubo(settings), cluster(settings)]) {
          const volumes = new Set([
            ...pod.spec.volumes.map(({ name }) => name),
            ...(settings.topology === "colocated" ? ["data-ipfs", "data-cluster"] : ["data"]),
          ]);
          for (const { volumeMounts } of everyContainer(pod)) {
            const places = volumeMounts.map(({ mountPath }) => mountPath);
            assert.equal(new Set(places).size, places.length);
            for (const { name } of volumeMounts) assert.ok(volumes.has(name), name);
          }
        }
      });

      it("have ports whose names Kubernetes takes, from the table of ports", () => {
        const table: readonly { name: string; number: number; protocol: string }[] = [
          ...Object.values(kuboPorts),
          ...Object.values(clusterPorts),
        ];
        for (const pod of [kubo(settings), cluster(settings)]) {
          for (const { name, containerPort, protocol } of daemon(pod).ports ?? []) {
            assert.match(name, /^(?=.{1,15}$)[a-z0-9]+(-[a-z0-9]+)*$/);
            assert.ok(
              table.some((port) => port.name === name && port.number === containerPort && port.protocol === protocol),
            );
          }
        }
      });

      it("tell Go of less memory than the container has", () => {
        for (const container of [daemon(kubo(settings)), daemon(cluster(settings))]) {
          const limit = parseQuantity(container.resources.limits.memory);
          const told = Number(variable(container, "GOMEMLIMIT"));
          assert.ok(told > 0.8 * limit && told < 0.9 * limit);
        }
      });
    });
  }

  it("of kubo refuse to start without the swarm key on a private network, and have none on a public one", () => {
    const swarmKey = (pod: Pod) =>
      everyContainer(pod)[0].volumeMounts.some(({ mountPath }) => mountPath === "/etc/ipfs/swarm-key");
    const forced = (pod: Pod) => everyContainer(pod).map((container) => variable(container, "LIBP2P_FORCE_PNET"));
    const [closed, open] = [kubo(settingsOf({})), kubo(settingsOf({ network: "public" }))];
    assert.deepEqual([swarmKey(closed), forced(closed)], [true, ["1", "1"]]);
    assert.deepEqual([swarmKey(open), forced(open)], [false, [undefined, undefined]]);
  });

  it("run as one user, whose group has the volumes, or as whom the platform chooses, and never as root", () => {
    const who = (podSecurity: object) =>
      [kubo, cluster].map((pod) => {
        const { runAsNonRoot, runAsUser, runAsGroup, fsGroup } = pod(settingsOf({ podSecurity })).spec.securityContext;
        return [runAsNonRoot, runAsUser, runAsGroup, fsGroup];
      });
    const both = (ids: unknown[]) => [ids, ids];
    assert.deepEqual(who({}), both([true, 10001, 10001, 10001]));
    assert.deepEqual(who({ user: 1000 }), both([true, 1000, 1000, 1000]));
    assert.deepEqual(who({ user: "platform" }), both([true, undefined, undefined, undefined]));
  });

  it("of kubo listen on UDP on the public network only", () => {
    const udp = (raw: object) =>
      (daemon(kubo(settingsOf({ ...raw }))).ports ?? []).some(({ protocol }) => protocol === "UDP");
    assert.equal(udp({}), false);
    assert.equal(udp({ network: "public" }), true);
  });

  it("of ipfs-cluster never start without the cluster secret", () => {
    for (const { settings } of samples) assert.equal(variable(daemon(cluster(settings)), "LIBP2P_FORCE_PNET"), "1");
  });

  it("of ipfs-cluster are named after their stack, and each drives the kubo of its own number", () => {
    const container = daemon(cluster(settingsOf({ cluster: { proxy: true } })));
    assert.equal(variable(container, "CLUSTER_PEERNAME"), "prod-eu-cluster-$(POD_INDEX)");
    for (const name of ["CLUSTER_IPFSHTTP_NODEMULTIADDRESS", "CLUSTER_IPFSPROXY_NODEMULTIADDRESS"]) {
      assert.equal(variable(container, name), "/dns/ipfs-$(POD_INDEX).ipfs-prod-eu.svc.cluster.local/tcp/5001");
    }
    assert.equal(container.env[0].name, "POD_INDEX", "a variable must come before those that refer to it");
  });

  describe("of both programs", () => {
    const settings = settingsOf({
      topology: "colocated",
      kubo: {
        nodeSelector: { disk: "nvme" },
        imagePullSecrets: ["pull", "kubo"],
        tolerations: [{ key: "a", operator: "Exists" }],
      },
      cluster: {
        proxy: true,
        nodeSelector: { cpu: "fast" },
        imagePullSecrets: ["pull"],
        tolerations: [{ key: "b", operator: "Exists" }],
        priorityClassName: "high",
      },
    });
    const { spec } = peer(settings);
    const [kuboContainer, clusterContainer] = spec.containers;

    it("keep kubo's RPC to themselves: on loopback, in no port, asked by a probe from inside", () => {
      const config = kuboConfig(settings, peersOf(settings), 0) as { Addresses: { API: string } };
      assert.equal(config.Addresses.API, "/ip4/127.0.0.1/tcp/5001");
      for (const name of ["CLUSTER_IPFSHTTP_NODEMULTIADDRESS", "CLUSTER_IPFSPROXY_NODEMULTIADDRESS"]) {
        assert.equal(variable(clusterContainer, name), config.Addresses.API);
      }
      const ports = spec.containers.flatMap((container) => container.ports ?? []);
      assert.deepEqual(
        ports.filter(({ containerPort }) => containerPort === kuboPorts.rpc.number),
        [],
      );
      const { startupProbe, livenessProbe } = kuboContainer;
      for (const probe of [startupProbe, livenessProbe]) {
        assert.match(String(probe?.exec?.command[2]), /^exec wget .* http:\/\/127\.0\.0\.1:5001\/version$/);
      }
    });

    it("give each program a name for its ports, a directory for its temporary files and a volume of its own", () => {
      const ports = spec.containers.flatMap((container) => container.ports ?? []);
      for (const key of ["name", "containerPort"] as const) {
        assert.equal(new Set(ports.map((port) => port[key])).size, ports.length);
      }
      const mounted = spec.containers.map(({ volumeMounts }) => new Set(volumeMounts.map(({ name }) => name)));
      assert.deepEqual(
        [...mounted[0]].filter((name) => mounted[1].has(name)),
        [],
      );
      assert.equal(new Set(spec.volumes.map(({ name }) => name)).size, spec.volumes.length);
    });

    it("go where both programs may, and have as long to stop as the slower of them", () => {
      assert.deepEqual(spec.nodeSelector, { disk: "nvme", cpu: "fast" });
      assert.deepEqual(
        spec.tolerations.map(({ key }) => key),
        ["a", "b"],
      );
      assert.deepEqual(spec.imagePullSecrets, [{ name: "pull" }, { name: "kubo" }]);
      assert.equal(spec.priorityClassName, "high");
      const alone = settingsOf({});
      assert.equal(
        spec.terminationGracePeriodSeconds,
        Math.max(...[kubo(alone), cluster(alone)].map((pod) => pod.spec.terminationGracePeriodSeconds)),
      );
    });
  });

  it("of ipfs-cluster open a port for each API that is on, and no other", () => {
    const ports = (options: object) =>
      (daemon(cluster(settingsOf({ cluster: options }))).ports ?? []).map(({ name }) => name).sort();
    assert.deepEqual(ports({}), ["cluster-swarm", "metrics", "pinning", "rest"]);
    assert.deepEqual(ports({ metrics: false, pinningService: false }), ["cluster-swarm", "rest"]);
    assert.deepEqual(ports({ proxy: true }), ["cluster-swarm", "metrics", "pinning", "proxy", "rest"]);
  });

  it("log in the format that was asked for", () => {
    for (const [logFormat, expected] of [
      ["text", "nocolor"],
      ["json", "json"],
    ]) {
      const settings = settingsOf({ logFormat });
      for (const pod of [kubo(settings), cluster(settings)])
        assert.equal(variable(daemon(pod), "GOLOG_LOG_FMT"), expected);
    }
  });

  it("leave kubo longer to stop than kubo takes to give up", () => {
    assert.ok(kubo(settingsOf({})).spec.terminationGracePeriodSeconds > 90);
  });

  it("wait a second for DNS and ask again, and look full names up as they are", () => {
    for (const pod of [kubo(settingsOf({})), cluster(settingsOf({}))]) {
      const options = Object.fromEntries(pod.spec.dnsConfig.options.map(({ name, value }) => [name, Number(value)]));
      const { cluster: service } = serviceJson(settingsOf({}), peerIdsOf(settingsOf({})));
      const dialTimeout = String((service as { dial_peer_timeout: string }).dial_peer_timeout).replace("s", "");
      assert.ok(options.timeout < Number(dialTimeout), "or one lost packet fails a dial");
      assert.ok(options.attempts > 1);
      assert.equal(options.ndots, 1);
    }
  });

  it("of ipfs-cluster go where the kubo of their own number is, if they can, and only where there are two pods", () => {
    const beside = (pod: Pod) => pod.spec.affinity.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    const [term, ...others] = beside(cluster(settingsOf({}))) ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual(term.podAffinityTerm, {
      labelSelector: {
        matchLabels: { "app.kubernetes.io/name": "ipfs", "app.kubernetes.io/instance": "prod-eu" },
      },
      matchLabelKeys: ["apps.kubernetes.io/pod-index"],
      topologyKey: "kubernetes.io/hostname",
    });
    assert.equal(beside(kubo(settingsOf({}))), undefined);
    assert.equal(beside(cluster(settingsOf({ topology: "colocated" }))), undefined);
  });

  it("keep peers on different machines if they must, and only try otherwise", () => {
    const rule = (spread: string) =>
      kubo(settingsOf({ spread })).spec.topologySpreadConstraints.find(({ topologyKey }) =>
        /hostname/.test(topologyKey),
      )?.whenUnsatisfiable;
    assert.equal(rule("preferred"), "ScheduleAnyway");
    assert.equal(rule("required"), "DoNotSchedule");
  });
});
