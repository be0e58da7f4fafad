import { z } from "zod";
import { controllerSections } from "./exposure/controllerSchema";
import { exposureSections } from "./exposure/schema";
import {
  argument,
  clusterDomain,
  clusterLogLevel,
  dnsLabel,
  dnsName,
  duration,
  freeForm,
  image,
  kuboLogLevel,
  labelKey,
  labelValue,
  quantity,
  resources,
} from "./forms";
import { networkSection } from "./network";
import { secretsSections } from "./secrets/schema";

/** What a stack file may say. Every key is optional but `environment`; ./defaults.ts says what an absent one means. */

// CLUSTER_TAGS and metric names are split on ":" and "," by ipfs-cluster.
const tagPart = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be of letters, digits, ".", "_" and "-", a letter or digit first');

const release = z.string().regex(/^v\d{1,4}\.\d{1,4}\.\d{1,4}$/, "must be a release such as v0.42.0");

const metricForm = "must be freespace, reposize, pinqueue or tag:<name>";

const toleration = z
  .strictObject({
    key: labelKey.optional(),
    operator: z.enum(["Exists", "Equal"]).optional(),
    value: labelValue.optional(),
    effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
    tolerationSeconds: z.int().min(0).optional(),
  })
  .refine(({ key, operator }) => key !== undefined || operator === "Exists", {
    path: ["operator"],
    error: "must be Exists where no key is named",
  })
  .refine(({ operator, value }) => operator !== "Exists" || !value, {
    path: ["value"],
    error: "must not be with operator Exists, which tolerates every value",
  })
  .refine(({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === "NoExecute", {
    path: ["tolerationSeconds"],
    error: "must not be without effect NoExecute, which alone takes time",
  });

const volume = z
  .strictObject({
    size: quantity.optional().describe("requested size of each peer's volume; growing is an in-place update"),
    class: dnsName.optional().describe("StorageClass; absent: the cluster's default class. Immutable after create"),
  })
  .optional();

const workload = {
  image: image.optional().describe("by tag or digest, from any registry"),
  imagePullPolicy: z.enum(["IfNotPresent", "Always", "Never"]).optional(),
  imagePullSecrets: z.array(dnsName).optional().describe("names of pull Secrets in the namespace"),
  volume: volume.describe("the persistent volume of each peer"),
  resources: resources.describe("caches and GOMEMLIMIT are sized to the memory limit"),
  nodeSelector: z.record(labelKey, labelValue).optional(),
  tolerations: z.array(toleration).optional(),
  priorityClassName: dnsName.optional(),
  environment: z
    .record(z.string(), argument)
    .optional()
    .describe("further environment variables; only names that the program really reads, and none that this one sets"),
  arguments: z.array(argument).optional().describe("further daemon arguments, appended to ours"),
};

export const settingsSchema = z
  .strictObject({
    environment: z
      .enum(["dev", "staging", "prod"])
      .describe("which defaults apply: dev (a laptop), staging, prod (protected volumes, required spread)"),
    namespace: z
      .strictObject({
        name: dnsLabel.optional().describe("default: ipfs-<stack>"),
        create: z.boolean().optional().describe("false: deploy into a namespace that exists. Default true"),
      })
      .optional(),
    network: z
      .enum(["private", "public"])
      .optional()
      .describe("private (default): only holders of the swarm key connect. public: the public IPFS network"),
    topology: z
      .enum(["paired", "colocated"])
      .optional()
      .describe(
        "paired (default): kubo and ipfs-cluster in pods of their own. colocated: both in one pod, kubo's RPC on its loopback only, for clusters that enforce no NetworkPolicies. Immutable after create",
      ),
    replicas: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe("how many peers run, each a kubo and an ipfs-cluster. Default 3"),
    identities: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        "how many peer identities exist; scaling up to this number restarts nobody, changing it restarts all. Default 10",
      ),
    replication: z
      .union(
        [z.literal("everywhere"), z.strictObject({ min: z.int().min(1).max(100), max: z.int().min(1).max(100) })],
        {
          error: "must be everywhere, or a group of min and max, such as {min: 2, max: 3}",
        },
      )
      .optional()
      .describe(
        "on how many peers each pin is kept: everywhere, or between min and max. Default 2 to 3, with fewer replicas as many",
      ),
    repinning: z
      .boolean()
      .optional()
      .describe("whether pins move when a peer stays away and fewer than replication.min are left. Default false"),
    allocateBy: z
      .array(
        z.union(
          [
            z.enum(["freespace", "reposize", "pinqueue"]),
            z.string().regex(/^tag:[A-Za-z0-9][A-Za-z0-9._-]*$/, metricForm),
          ],
          { error: metricForm },
        ),
      )
      .min(1)
      .optional()
      .describe("in which order metrics choose the peers for a pin, tags first. Default tag:group, freespace"),
    tags: z
      .record(tagPart, tagPart)
      .optional()
      .describe("what this stack's peers say of themselves, for allocateBy tag:<name>. Default group: default"),
    topUp: z
      .union([z.literal(false), z.strictObject({ every: duration.optional(), image: image.optional() })], {
        error: "must be false, or a group such as {every: 10m}",
      })
      .optional()
      .describe(
        "a job that gives pins which were added while peers were away the copies that they lack: how often (1m to 24h, default 10m), and an image with Node to run it. Default on where replication.max is more than replication.min, and replicas too",
      ),
    logFormat: z.enum(["text", "json"]).optional().describe("of both programs. Default text in dev, else json"),
    kubo: z
      .strictObject({
        ...workload,
        storageMax: quantity
          .optional()
          .describe(
            "kubo's Datastore.StorageMax; it also sets the free space that allocation goes by. Default 80 % of the volume",
          ),
        connections: z
          .strictObject({ low: z.int().min(1).optional(), high: z.int().min(1).optional() })
          .optional()
          .describe("Swarm.ConnMgr low and high water. Default 32 and 96 (private), 200 and 400 (public)"),
        logLevel: kuboLogLevel.optional().describe('GOLOG_LOG_LEVEL, such as "error" or "error,bitswap=debug"'),
        config: freeForm.optional().describe("any further keys of kubo's config file, checked against the pinned kubo"),
      })
      .optional(),
    cluster: z
      .strictObject({
        ...workload,
        logLevel: clusterLogLevel
          .optional()
          .describe('IPFS_CLUSTER_LOG_LEVEL, such as "info" or "error,cluster:debug"'),
        monitorPingInterval: duration
          .optional()
          .describe("a silent peer counts as gone after twice this; 1s to 10m. Default 15s"),
        metricTtl: duration
          .optional()
          .describe("how long free space and tags count; sent every half of it; 2s to 1h. Default 30s"),
        metrics: z.boolean().optional().describe("serve Prometheus metrics on port 8888. Default true"),
        pinningService: z.boolean().optional().describe("serve the Pinning Service API on port 9097. Default true"),
        proxy: z
          .boolean()
          .optional()
          .describe("serve the IPFS proxy on port 9095, inside the cluster only. Default false"),
        config: freeForm
          .optional()
          .describe("any further keys of service.json, checked against the pinned ipfs-cluster"),
      })
      .optional(),
    spread: z
      .enum(["preferred", "required"])
      .optional()
      .describe("whether two peers may share a machine: preferred (default), or required apart (default in prod)"),
    podSecurity: z
      .strictObject({
        user: z
          .union([z.int().min(1).max(2147483647), z.literal("platform")], {
            error: "must be a user id from 1 to 2147483647, or platform",
          })
          .optional()
          .describe(
            "user and group id of all pods and of their volumes' files; platform: the pods name none, and get what the platform gives its namespaces, as OpenShift does. Default 10001",
          ),
      })
      .optional(),
    volumes: z
      .strictObject({
        protect: z.boolean().optional().describe("refuse to delete volumes and identities. Default true in prod"),
        onDestroy: z
          .enum(["retain", "delete-all-data"])
          .optional()
          .describe("what `pulumi destroy` does to volumes and namespace. Default retain"),
        acceptOtherIdentities: z
          .boolean()
          .optional()
          .describe("let peers start on volumes that belong to other peer ids. Default false"),
      })
      .optional(),
    acceptPeerLoss: z
      .strictObject({ downTo: z.int().min(1) })
      .optional()
      .describe(
        "the number of replicas to go down to: first with replicas as they are, while the leaving peers are drained, then with as many (docs/operations.md)",
      ),
    acceptDowngrade: z
      .strictObject({ kubo: release.optional(), cluster: release.optional() })
      .optional()
      .describe(
        "the older release to go back to, once the volumes are such that it can read them (docs/operations.md)",
      ),
    clusterDomain: clusterDomain.optional().describe("DNS domain of the Kubernetes cluster. Default cluster.local"),
    ...exposureSections,
    ...controllerSections,
    ...networkSection,
    ...secretsSections,
    kubernetes: z
      .strictObject({
        context: z.string().min(1).optional().describe("kubeconfig context; absent: the current one"),
        clusterIdentifier: z
          .string()
          .min(1)
          .optional()
          .describe("a name that stands for this cluster, so that an edited kubeconfig never replaces everything"),
      })
      .optional(),
  })
  .describe("Stack settings of the IPFS Cluster program, below the key prefix ipfs-cluster:");

/** A stack file's settings as written, before defaults. */
export type SettingsInput = z.infer<typeof settingsSchema>;

/** Top-level keys that hold secrets; they are set with `pulumi config set --secret` and never pass through the schema. */
export const secretKeys = ["identity"] as const;
