import assert from "node:assert/strict";
import { topUpConfig, topUpSpec } from "../../../components/operations";
import { parseDuration, type TopUpSettings } from "../../../components/settings";
import { graphOf } from "../../program/graphs";
import { objectNamed, resourcesOf } from "../../program/objects";
import { settingsOf } from "../workload/samples";

interface Spec {
  readonly schedule: string;
  readonly concurrencyPolicy: string;
  readonly startingDeadlineSeconds: number;
  readonly jobTemplate: {
    readonly spec: {
      readonly backoffLimit: number;
      readonly activeDeadlineSeconds: number;
      readonly ttlSecondsAfterFinished: number;
      readonly template: { readonly spec: Pod };
    };
  };
}

interface Pod {
  readonly restartPolicy: string;
  readonly automountServiceAccountToken: boolean;
  readonly serviceAccountName: string;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
  readonly containers: readonly {
    readonly image: string;
    readonly command: readonly string[];
    readonly securityContext: unknown;
    readonly volumeMounts: readonly { readonly name: string; readonly readOnly: boolean }[];
  }[];
}

const spec = (raw: Record<string, unknown> = {}) => {
  const settings = settingsOf({ topUp: {}, ...raw });
  return topUpSpec(settings, settings.topUp as TopUpSettings, "files") as unknown as Spec;
};

describe("the job that tops up pins", () => {
  it("runs as often as it is told to, one at a time, for a bounded time, and never misses its turn for being late", () => {
    for (const every of ["1m", "1m30s", "24h"]) {
      const { schedule, concurrencyPolicy, startingDeadlineSeconds, jobTemplate } = spec({ topUp: { every } });
      assert.equal(schedule, `@every ${every}`);
      assert.equal(concurrencyPolicy, "Forbid");
      // The controller counts "@every" from its last start, or from the deadline where that is later: then it would never come.
      assert.ok(startingDeadlineSeconds > parseDuration(every));
      const { activeDeadlineSeconds, backoffLimit, ttlSecondsAfterFinished } = jobTemplate.spec;
      assert.ok(activeDeadlineSeconds > topUpConfig(settingsOf({}), []).duration);
      assert.deepEqual([backoffLimit, ttlSecondsAfterFinished], [0, 86400]);
    }
  });

  it("runs under the restricted profile and more, with no token and nothing to write to", () => {
    const pod = spec({ topUp: { image: "registry.example/node:24" } }).jobTemplate.spec.template.spec;
    assert.equal(pod.restartPolicy, "Never");
    assert.equal(pod.automountServiceAccountToken, false);
    assert.equal(pod.serviceAccountName, "top-up");
    assert.equal(pod.securityContext.runAsNonRoot, true);
    const [container] = pod.containers;
    assert.equal(container.image, "registry.example/node:24");
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.ok(container.volumeMounts.every(({ readOnly }) => readOnly));
  });

  it("asks the stack's own peers, and goes by what they choose peers by", () => {
    const { urls, peers, allocateBy } = topUpConfig(settingsOf({ allocateBy: ["reposize"] }), ["p", "q"]);
    assert.deepEqual(
      urls,
      [0, 1].map((peer) => `http://cluster-${peer}.ipfs-prod-eu.svc.cluster.local:9094`),
    );
    assert.deepEqual([peers, allocateBy], [["p", "q"], ["reposize"]]);
    // Those that are about to leave get nothing.
    assert.deepEqual(topUpConfig(settingsOf({ acceptPeerLoss: { downTo: 1 } }), ["p", "q"]).peers, ["p"]);
  });

  it("has every file that it names", async () => {
    const graph = await graphOf({ environment: "dev" });
    const job = objectNamed(graph, "CronJob", "top-up").spec as unknown as Spec;
    const { containers, volumes } = job.jobTemplate.spec.template.spec;
    const config = volumes.find(({ configMap }) => configMap)?.configMap?.name ?? "";
    const { data } = objectNamed(graph, "ConfigMap", config) as unknown as { data: Record<string, string> };
    const required = Object.values(data).flatMap((text) => [...text.matchAll(/require\("\.\/([\w.]+)"\)/g)]);
    for (const [, file] of required) assert.ok(file in data, file);
    assert.ok(required.length >= 4 && String(containers[0].command[1].split("/").pop()) in data);
    assert.equal(JSON.parse(data["config.json"]).peers.length, 10);
  });

  it("is not there where it is off", async () => {
    const graph = await graphOf({ environment: "dev", topUp: false });
    assert.deepEqual(resourcesOf(graph, "CronJob"), []);
    assert.ok(!graph.resources.some(({ name }) => name.includes("top-up")));
  });
});
