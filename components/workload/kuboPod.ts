import type { types } from "@pulumi/kubernetes";
import { kuboPorts } from "../network";
import { identityKey, parseQuantity, type Settings } from "../settings";
import { mounts } from "./compose";
import type { WorkloadFiles } from "./files";
import { kuboShutdownSeconds } from "./kuboConfig";
import { goMemoryLimit } from "./memory";
import { volumeName } from "./names";
import {
  gatewayAnswers,
  givenVariables,
  hardened,
  literal,
  type PodPart,
  podIndex,
  podTemplate,
  scratchSpace,
  secretVolume,
  variables,
} from "./pod";
import { configureKubo, kuboEtc, rpcAnswersHere, startKubo } from "./scripts";

/** The pod that runs kubo alone. */
export function kuboPod(settings: Settings, files: WorkloadFiles): types.input.core.v1.PodTemplateSpec {
  return podTemplate(settings, "ipfs", kuboPart(settings, files));
}

/** What runs kubo, wherever that is. Beside the ipfs-cluster that drives it, its RPC is open to that alone. */
export function kuboPart(settings: Settings, { kuboConfigs, secrets }: WorkloadFiles): PodPart {
  const { kubo, network } = settings;
  const repository = { name: volumeName(settings, "ipfs", "data"), mountPath: "/data/ipfs" };
  const config = { name: volumeName(settings, "ipfs", "config"), readOnly: true };
  const identity = { name: volumeName(settings, "ipfs", "identity"), readOnly: true };
  const swarmKey = { name: "swarm-key", mountPath: mounts.swarmKey, readOnly: true };
  const scratch = scratchSpace(volumeName(settings, "ipfs", "tmp"));
  const rpcAnswers = rpcProbe(settings);
  const environment = [
    podIndex,
    ...variables({
      IPFS_PATH: repository.mountPath,
      HOME: scratch.mount.mountPath,
      IPFS_TELEMETRY: "off",
      // Without its key a private node would quietly join the public network; so it refuses to start.
      ...(network === "private" ? { LIBP2P_FORCE_PNET: "1" } : {}),
    }),
  ];
  const configure = hardened(kubo, {
    name: "configure",
    command: ["sh", "-c", configureKubo(settings)],
    env: environment,
    volumeMounts: [
      repository,
      scratch.mount,
      { ...config, mountPath: `${kuboEtc}/config.json`, subPathExpr: "config-$(POD_INDEX).json" },
      { ...config, mountPath: `${kuboEtc}/peer`, subPathExpr: "peer-$(POD_INDEX)" },
      { ...identity, mountPath: `${kuboEtc}/private-key`, subPathExpr: identityKey("kubo", "$(POD_INDEX)") },
      ...(secrets.swarmKey === undefined ? [] : [swarmKey]),
    ],
  });
  const daemon = hardened(kubo, {
    name: "kubo",
    command: ["sh", "-c", startKubo(settings), "kubo", ...kubo.arguments.map(literal)],
    env: [
      ...environment,
      ...variables({
        GOMEMLIMIT: goMemoryLimit(parseQuantity(kubo.resources.limits.memory)),
        GOLOG_LOG_LEVEL: kubo.logLevel,
        GOLOG_LOG_FMT: settings.logFormat === "json" ? "json" : "nocolor",
        ...givenVariables(kubo.environment),
      }),
    ],
    ports: [
      ...(network === "public" ? [kuboPorts.swarmUdp] : []),
      kuboPorts.swarm,
      ...(settings.topology === "paired" ? [kuboPorts.rpc] : []),
      kuboPorts.gateway,
      ...(settings.exposure.swarm.websocket ? [kuboPorts.swarmWebsocket] : []),
    ].map(({ name, number, protocol }) => ({ name, containerPort: number, protocol })),
    volumeMounts: [repository, scratch.mount],
    // 30 minutes: a repository migration runs before the RPC answers.
    startupProbe: { ...rpcAnswers, periodSeconds: 1, failureThreshold: 1800, timeoutSeconds: 5 },
    readinessProbe: { ...gatewayAnswers, periodSeconds: 5, timeoutSeconds: 5 },
    livenessProbe: { ...rpcAnswers, periodSeconds: 15, failureThreshold: 8, timeoutSeconds: 10 },
  });
  return {
    initContainers: [configure],
    containers: [daemon],
    volumes: [
      scratch.volume,
      { name: config.name, projected: { sources: kuboConfigs.map((name) => ({ configMap: { name } })) } },
      secretVolume(identity.name, secrets.identities.kubo),
      ...(secrets.swarmKey === undefined ? [] : [secretVolume(swarmKey.name, secrets.swarmKey)]),
    ],
    terminationGracePeriodSeconds: kuboShutdownSeconds + 30,
  };
}

/** Asks the one path of the RPC port that answers GET; on loopback only the container itself can. */
function rpcProbe({ topology }: Settings): Pick<types.input.core.v1.Probe, "exec" | "httpGet"> {
  if (topology === "colocated") return { exec: { command: ["sh", "-c", rpcAnswersHere()] } };
  return { httpGet: { path: "/version", port: kuboPorts.rpc.name } };
}
