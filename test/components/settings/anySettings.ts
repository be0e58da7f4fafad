import fc from "fast-check";

type Raw = Record<string, unknown>;

const optional = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Raw> =>
  fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Raw>;
const between = (min: number, max: number) => fc.integer({ min, max });
const chosen = (...values: string[]) => fc.constantFrom(...values);
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const duration = fc.tuple(between(1, 999999), chosen("ms", "s", "m", "h")).map(([count, unit]) => `${count}${unit}`);
const seconds = (min: number, max: number) => between(min, max).map((count) => `${count}s`);
const gibibytes = (min: number, max: number) => between(min, max).map((count) => `${count}Gi`);

const amounts = fc
  .tuple(between(1, 8), between(1, 64), between(1, 64))
  .map(([cpu, memory, disk]) => ({ cpu: `${cpu}`, memory: `${memory}Gi`, "ephemeral-storage": `${disk}Gi` }));

const image = fc.oneof(
  fc.tuple(word, word).map(([repository, tag]) => `registry.example:5000/${repository}:${tag}1`),
  fc.stringMatching(/^[a-z]{1,9}@sha256:[a-f0-9]{64}$/),
);

const workload = {
  image,
  imagePullPolicy: chosen("IfNotPresent", "Always", "Never"),
  imagePullSecrets: fc.array(word, { maxLength: 2 }),
  volume: optional({ size: gibibytes(1, 9999), class: word }),
  resources: optional({ limits: amounts }),
  nodeSelector: fc.dictionary(word, word, { maxKeys: 3 }),
  tolerations: fc.array(
    fc.record(
      { key: word, operator: chosen("Exists", "Equal"), effect: chosen("NoSchedule", "NoExecute") },
      { requiredKeys: ["key"] },
    ),
    { maxLength: 2 },
  ),
  priorityClassName: word,
  environment: optional({ GOGC: fc.string(), GODEBUG: fc.string() }),
};

const kubo = optional({
  ...workload,
  connections: fc.tuple(between(1, 500), between(500, 900)).map(([low, high]) => ({ low, high })),
  logLevel: chosen("error", "info,bitswap=debug"),
  arguments: fc.subarray(["--manage-fdlimit=true", "--debug"]),
  config: optional({ Gateway: fc.record({ DisableHTMLErrors: fc.boolean() }), Experimental: fc.constant({}) }),
});

const cluster = optional({
  ...workload,
  logLevel: chosen("info", "error,cluster:debug"),
  monitorPingInterval: seconds(1, 600),
  metricTtl: seconds(2, 3600),
  metrics: fc.boolean(),
  pinningService: fc.boolean(),
  proxy: fc.boolean(),
  arguments: fc.subarray(["--tracing", "--tracing=true"]),
  config: optional({ cluster: fc.record({ dial_peer_timeout: duration }) }),
});

const allocation = fc
  .tuple(fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 }), chosen("freespace", "reposize"), fc.boolean())
  .map(([tags, space, queue]) => ({
    tags,
    allocateBy: [...Object.keys(tags).map((tag) => `tag:${tag}`), ...(queue ? ["pinqueue"] : []), space],
  }));

const peers = between(1, 100).chain((replicas) =>
  fc.record({
    replicas: fc.constant(replicas),
    identities: between(replicas, 100),
    replication: fc.oneof(
      fc.constant("everywhere"),
      fc.tuple(between(1, replicas), between(0, 100)).map(([min, more]) => ({ min, max: Math.min(100, min + more) })),
    ),
  }),
);

const rest = optional({
  namespace: optional({ name: word, create: fc.boolean() }),
  network: chosen("private", "public"),
  topology: chosen("paired", "colocated"),
  repinning: fc.boolean(),
  topUp: fc.oneof(fc.constant(false), optional({ every: between(1, 1440).map((minutes) => `${minutes}m`), image })),
  logFormat: chosen("text", "json"),
  kubo,
  cluster,
  spread: chosen("preferred", "required"),
  podSecurity: optional({ user: fc.oneof(between(1, 2 ** 31 - 1), chosen("platform")) }),
  volumes: optional({
    protect: fc.boolean(),
    onDestroy: chosen("retain", "delete-all-data"),
    acceptOtherIdentities: fc.boolean(),
  }),
  clusterDomain: chosen("cluster.local", "k8s.example"),
  kubernetes: optional({ context: word, clusterIdentifier: word }),
});

/** In one pod both programs are on one machine: here the one that kubo's settings ask for. */
function inAgreement(raw: Raw): Raw {
  const { nodeSelector, priorityClassName, ...cluster } = (raw.cluster ?? {}) as Raw;
  return raw.topology === "colocated" ? { ...raw, cluster } : raw;
}

/** Any sound stack file. */
export const anySettings: fc.Arbitrary<Raw> = fc
  .tuple(chosen("dev", "staging", "prod"), rest, fc.option(peers), fc.option(allocation))
  .map(([environment, others, some, allocated]) => inAgreement({ environment, ...others, ...some, ...allocated }));

/** Any sound stack's name. */
export const anyStack = fc.stringMatching(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/);
