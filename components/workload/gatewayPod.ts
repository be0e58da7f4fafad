import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { kuboPorts } from "../network";
import { parseQuantity, type Settings } from "../settings";
import { goMemoryLimit } from "./memory";
import { gatewayAnswers, hardened, podTemplate, scratchSpace, variables } from "./pod";
import { configureGateway } from "./scripts";

const repository = { name: "cache", mountPath: "/data/ipfs" };
const scratch = scratchSpace("tmp");

/**
 * A pod of the gateway's own: a kubo with a new identity on every start and no RPC.
 *
 * @param configMap name of the ConfigMap with a file for each section of kubo's config. Nothing in it is secret.
 */
export function gatewayPod(settings: Settings, configMap: pulumi.Input<string>): types.input.core.v1.PodTemplateSpec {
  const { kubo, gateway } = settings;
  const container = { image: kubo.image, imagePullPolicy: kubo.imagePullPolicy, resources: gateway.resources };
  const environment = variables({
    IPFS_PATH: repository.mountPath,
    HOME: scratch.mount.mountPath,
    IPFS_TELEMETRY: "off",
    GOMEMLIMIT: goMemoryLimit(parseQuantity(gateway.resources.limits.memory)),
    GOLOG_LOG_LEVEL: kubo.logLevel,
    GOLOG_LOG_FMT: settings.logFormat === "json" ? "json" : "nocolor",
  });
  const port = kuboPorts.gateway;
  return podTemplate(settings, "gateway", {
    initContainers: [
      hardened(container, {
        name: "configure",
        command: ["sh", "-c", configureGateway()],
        env: environment,
        volumeMounts: [repository, scratch.mount, { name: "config", mountPath: "/etc/ipfs", readOnly: true }],
      }),
    ],
    containers: [
      hardened(container, {
        name: "gateway",
        command: ["ipfs", "daemon", "--enable-gc", "--agent-version-suffix=kubernetes-gateway"],
        env: environment,
        ports: [{ name: port.name, containerPort: port.number, protocol: port.protocol }],
        volumeMounts: [repository, scratch.mount],
        startupProbe: { ...gatewayAnswers, periodSeconds: 1, failureThreshold: 120, timeoutSeconds: 5 },
        readinessProbe: { ...gatewayAnswers, periodSeconds: 5, timeoutSeconds: 5 },
        livenessProbe: { ...gatewayAnswers, periodSeconds: 15, failureThreshold: 8, timeoutSeconds: 10 },
      }),
    ],
    volumes: [
      scratch.volume,
      { name: repository.name, emptyDir: { sizeLimit: gateway.resources.limits["ephemeral-storage"] } },
      { name: "config", configMap: { name: configMap } },
    ],
    terminationGracePeriodSeconds: 30,
  });
}
