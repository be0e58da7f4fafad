import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../identity";
import { clusterPorts } from "../network";
import { labels } from "../platform";
import { parseDuration, type Settings, type TopUpSettings } from "../settings";
import { credentialsSecret, hardened, peerHost, podTemplate, serviceAccount } from "../workload";
import type { Config } from "./replication/topUpMain.js";

/** What the job runs; no dependencies, and Node of any version that is maintained. */
const scripts = ["pin.js", "restApi.js", "topUp.js", "topUpMain.js"];

/** Seconds after which a run begins nothing more, and after which it is ended. */
const duration = 30 * 60;
const deadline = duration + 5 * 60;

const folder = "/etc/top-up";
const credentialsFolder = "/etc/cluster-credentials";

export interface TopUpJobArgs {
  readonly namespace: pulumi.Input<string>;
  readonly settings: Settings;
  readonly identity: StackIdentity;
  /** What the job waits for. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * A job that, every so often, gives the pins that have too few copies those that they lack (`replication/topUp.js`): pins that are added
 * while a peer is away, or before all have met, keep their minimum otherwise. None where `topUp` is off.
 *
 * - Security: it has the REST API's credentials, no token, and talks to ipfs-cluster's pods and DNS alone.
 * - Its last result is the termination message of its last pod.
 */
export function topUpJob(
  name: string,
  { namespace, settings, identity, after }: TopUpJobArgs,
  parent: pulumi.Resource,
): void {
  const { topUp } = settings;
  if (topUp === false) return;
  const metadata = { name: "top-up", namespace, labels: labels(settings.stack, "top-up") };
  const account = serviceAccount(`${name}-top-up`, metadata, parent);
  const files = new k8s.core.v1.ConfigMap(
    `${name}-top-up`,
    {
      metadata: { namespace, labels: labels(settings.stack) },
      immutable: true,
      data: {
        ...Object.fromEntries(
          scripts.map((file) => [file, readFileSync(join(__dirname, "replication", file), "utf8")]),
        ),
        "config.json": pulumi
          .all(identity.cluster.map(({ id }) => id))
          .apply((ids) => JSON.stringify(topUpConfig(settings, ids), null, 2)),
      },
    },
    { parent },
  );
  new k8s.batch.v1.CronJob(
    `${name}-top-up`,
    { metadata, spec: topUpSpec(settings, topUp, files.metadata.name) },
    { parent, dependsOn: [account, ...after] },
  );
}

/** What a run goes by, for peers of these ids, more of them than run: those that don't are not found. */
export function topUpConfig(settings: Settings, ids: readonly string[]): Config {
  return {
    urls: ids.map((_, ordinal) => `http://${peerHost(settings, "cluster", ordinal)}:${clusterPorts.rest.number}`),
    peers: ids.slice(0, settings.acceptPeerLoss?.downTo),
    allocateBy: settings.allocateBy,
    duration,
    batch: 10,
    settling: 30,
  };
}

/** @param files name of the ConfigMap with the scripts and what they go by. */
export function topUpSpec(
  settings: Settings,
  { every, image }: TopUpSettings,
  files: pulumi.Input<string>,
): k8s.types.input.batch.v1.CronJobSpec {
  const { imagePullPolicy } = settings.cluster;
  const resources = {
    requests: { cpu: "10m", memory: "64Mi", "ephemeral-storage": "16Mi" },
    limits: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "64Mi" },
  };
  const template = podTemplate(settings, "top-up", {
    containers: [
      hardened(
        { image, imagePullPolicy, resources },
        {
          name: "top-up",
          command: ["node", `${folder}/topUpMain.js`, folder, credentialsFolder],
          volumeMounts: [
            { name: "files", mountPath: folder, readOnly: true },
            { name: "credentials", mountPath: credentialsFolder, readOnly: true },
          ],
        },
      ),
    ],
    volumes: [
      { name: "files", configMap: { name: files } },
      { name: "credentials", secret: { secretName: credentialsSecret(settings), defaultMode: 0o440 } },
    ],
    // It finishes what it has begun.
    terminationGracePeriodSeconds: 90,
  });
  return {
    schedule: `@every ${every}`,
    concurrencyPolicy: "Forbid",
    // Counted from the last start, so it must be longer than the interval itself.
    startingDeadlineSeconds: Math.ceil(2 * parseDuration(every)) + 60,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
    jobTemplate: {
      metadata: { labels: labels(settings.stack, "top-up") },
      spec: {
        // The next run begins where this one failed.
        backoffLimit: 0,
        activeDeadlineSeconds: deadline,
        ttlSecondsAfterFinished: 24 * 3600,
        template,
      },
    },
  };
}
