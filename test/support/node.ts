import { down, type NodeStatus, tools, type UpOptions, up } from "../../local";
import { nodeLayout } from "../../local/node/layout";
import { placeOf } from "../../local/node/places";
import { type NodeProcess, sandboxProcesses } from "../../local/node/sandbox";
import { run } from "../../local/run";

const quiet = () => {};

/** A node of this checkout, or a namespace of it, that a test has to itself. */
export class TestNode {
  constructor(
    readonly name: string,
    readonly namespace = "default",
  ) {}

  up(options?: UpOptions): Promise<NodeStatus> {
    return up(this.name, quiet, options);
  }

  down(): Promise<void> {
    return down(this.name, {}, quiet);
  }

  destroy(): Promise<void> {
    return down(this.name, { deleteData: true }, quiet);
  }

  async processes(): Promise<NodeProcess[]> {
    const place = await placeOf(this.name);
    return place ? sandboxProcesses(nodeLayout(this.name, place)) : [];
  }

  /** Runs kubectl and returns what it prints. */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { programs } = await tools(quiet);
    const { kubeconfig } = nodeLayout(this.name, (await placeOf(this.name)) ?? { slot: 0, index: 0 });
    // kubectl would take no object of another namespace than the one it is told.
    const namespace = this.namespace === "default" ? [] : [`--namespace=${this.namespace}`];
    const where = [`--kubeconfig=${kubeconfig}`, ...namespace];
    return (await run(programs.kubectl, [...where, ...args], { input })).trim();
  }

  async apply(...items: readonly object[]): Promise<void> {
    await this.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  }

  /** Runs a line of shell in a pod; rejects if it fails. */
  shell(pod: string, line: string): Promise<string> {
    return this.kubectl(["exec", pod, "--", "sh", "-c", line]);
  }

  /** What an object is in the cluster. */
  async read<T>(...words: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(["get", ...words, "-o", "json"]));
  }

  /** Waits until a pod is Ready and returns its address. */
  async addressOf(pod: string): Promise<string> {
    await this.kubectl(["wait", "--for=condition=Ready", "--timeout=60s", `pod/${pod}`]);
    return this.kubectl(["get", "pod", pod, "-o", "jsonpath={.status.podIP}"]);
  }
}

interface Place {
  /** Default: the default class. */
  readonly storageClass?: string;
  readonly size?: string;
  /** The Kubernetes node to run on. Default: any. */
  readonly on?: string;
}

const labels = (name: string) => ({ app: name });

/** A pod as hardened as the program's own, with a volume at /data that belongs to group 1000, and a web server on port 8080. */
export function webServer(name: string, { storageClass, size = "1Gi", on }: Place = {}): object[] {
  return [
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: storageClass,
        resources: { requests: { storage: size } },
      },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: labels(name) },
      spec: {
        terminationGracePeriodSeconds: 0,
        ...(on && { nodeSelector: { "kubernetes.io/hostname": on } }),
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          fsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "web",
            image: "docker.io/ipfs/kubo:v0.42.0",
            command: ["httpd", "-f", "-p", "8080", "-h", "/data"],
            ports: [{ name: "http", containerPort: 8080 }],
            readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 1 },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: name } }],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { type: "NodePort", selector: labels(name), ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
}
