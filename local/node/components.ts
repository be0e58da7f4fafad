import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Images } from "../toolchain/images";
import type { Program } from "../toolchain/modules";
import { type Identity, kubeconfig, pkiDirectory } from "./certificates";
import { loadBalancerClass, volumeProvisioner } from "./furnishing";
import { dnsService, type NodeLayout, serviceRange } from "./layout";
import { policiesQueue } from "./network";
import { programInSandbox } from "./sandbox";

/** One process of the node. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether it only starts once the API server answers; the others find each other by themselves. */
  readonly needsApiServer: boolean;
}

/** Configuration files by the node's path. */
export type Files = Readonly<Record<string, string>>;

const configDirectory = "/var/lib/config";
const cniDirectory = `${configDirectory}/cni`;
/** As the node sees it. */
export const containerdSocket = "/run/containerd/containerd.sock";
const podNetworkName = "pods";
/** Which pod has which address; it is forgotten with the pods. */
const allocationsDirectory = "/run/cni";
const pki = (file: string) => join(pkiDirectory, file);
const config = (file: string) => join(configDirectory, file);

/** Every component of a single-machine Kubernetes, in the order of starting. */
export function components({ name, address, podRange, loadBalancerRange }: NodeLayout): Component[] {
  const etcd = "http://127.0.0.1:2379";
  const program = (name: Program) => programInSandbox("kube", name);
  const component = (command: readonly string[], needsApiServer: boolean): Component => ({
    name: command[0].split("/").at(-1) ?? "",
    command,
    needsApiServer,
  });
  return [
    component(
      [
        program("etcd"),
        ...flags({
          "data-dir": "/var/lib/etcd",
          "listen-client-urls": etcd,
          "advertise-client-urls": etcd,
          "listen-peer-urls": "http://127.0.0.1:2380",
          "log-level": "warn",
        }),
      ],
      false,
    ),
    component(["containerd", "--config", config("containerd.toml")], false),
    component(
      [
        program("kube-apiserver"),
        ...flags({
          "etcd-servers": etcd,
          "service-cluster-ip-range": serviceRange,
          "advertise-address": address,
          "authorization-mode": "Node,RBAC",
          "enable-admission-plugins": "NodeRestriction",
          "allow-privileged": "true",
          "client-ca-file": pki("ca.crt"),
          "tls-cert-file": pki("apiserver.crt"),
          "tls-private-key-file": pki("apiserver.key"),
          "service-account-issuer": "https://kubernetes.default.svc",
          "service-account-key-file": pki("service-accounts.key"),
          "service-account-signing-key-file": pki("service-accounts.key"),
          "kubelet-certificate-authority": pki("ca.crt"),
          "kubelet-client-certificate": pki("apiserver-kubelet-client.crt"),
          "kubelet-client-key": pki("apiserver-kubelet-client.key"),
          "kubelet-preferred-address-types": "InternalIP",
        }),
      ],
      false,
    ),
    component(
      [
        program("kube-controller-manager"),
        ...flags({
          kubeconfig: config("controller-manager.kubeconfig"),
          "service-account-private-key-file": pki("service-accounts.key"),
          "root-ca-file": pki("ca.crt"),
          "cluster-signing-cert-file": pki("ca.crt"),
          "cluster-signing-key-file": pki("ca.key"),
          "use-service-account-credentials": "true",
          "leader-elect": "false",
        }),
      ],
      true,
    ),
    component(
      [program("kube-scheduler"), ...flags({ kubeconfig: config("scheduler.kubeconfig"), "leader-elect": "false" })],
      true,
    ),
    component(
      [
        program("kubelet"),
        ...flags({
          config: config("kubelet.yaml"),
          kubeconfig: config("kubelet.kubeconfig"),
          "hostname-override": name,
          "node-ip": address,
        }),
      ],
      true,
    ),
    component(
      [
        program("storage"),
        ...flags({
          kubeconfig: config("storage.kubeconfig"),
          provisioner: volumeProvisioner,
          node: name,
          directory: "/var/lib/volumes",
        }),
      ],
      true,
    ),
    component(
      [
        program("addresses"),
        ...flags({ kubeconfig: config("addresses.kubeconfig"), class: loadBalancerClass, range: loadBalancerRange }),
      ],
      true,
    ),
    component([program("kube-proxy"), ...flags({ config: config("kube-proxy.yaml") })], true),
    component(
      [
        programInSandbox("network-policies", "network-policies"),
        ...flags({
          kubeconfig: config("network-policies.kubeconfig"),
          node: name,
          queue: String(policiesQueue),
          pods: podRange,
          "cluster-pods": podRange,
          allocations: join(allocationsDirectory, podNetworkName),
          runtime: `unix://${containerdSocket}`,
        }),
      ],
      true,
    ),
  ];
}

/** The files those components read. JSON is YAML, so that is what most of them are written in. */
export async function configurationFiles(layout: NodeLayout, images: Images): Promise<Files> {
  const clients: Identity[] = [
    "controller-manager",
    "scheduler",
    "storage",
    "addresses",
    "kubelet",
    "proxy",
    "network-policies",
  ];
  const kubeconfigs = clients.map(async (identity) => [
    config(`${identity}.kubeconfig`),
    await kubeconfig(layout, identity),
  ]);
  return {
    ...Object.fromEntries(await Promise.all(kubeconfigs)),
    ...stableFiles(layout, images),
  };
}

/** Those of the files that are the same for the same node and program. */
export function stableFiles(layout: NodeLayout, images: Images): Files {
  return {
    [config("containerd.toml")]: containerd(images.pause.reference),
    [config("kubelet.yaml")]: JSON.stringify(kubelet(layout), null, 2),
    [config("kube-proxy.yaml")]: JSON.stringify(kubeProxy(layout), null, 2),
    [join(cniDirectory, "10-pods.conflist")]: JSON.stringify(podNetwork(layout), null, 2),
  };
}

/** Writes configuration files to the node's disk, which need not be running, in place of those of before. */
export async function writeConfiguration({ directory }: NodeLayout, files: Files): Promise<void> {
  const onHost = (path: string) => join(directory, "lib", path.slice("/var/lib".length));
  await rm(onHost(configDirectory), { recursive: true, force: true });
  await mkdir(onHost(cniDirectory), { recursive: true, mode: 0o700 });
  for (const [path, text] of Object.entries(files)) await writeFile(onHost(path), text, { mode: 0o600 });
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

/** Container limits of the OOM score are cut to what this machine allows: some do not let even root lower it. */
function containerd(pause: string): string {
  return `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniDirectory}"
`;
}

/** Every pod has a cable of its own to the node, so that what pods send each other passes the node's firewall. */
function podNetwork({ podRange }: NodeLayout): object {
  const ipam = {
    type: "host-local",
    dataDir: allocationsDirectory,
    ranges: [[{ subnet: podRange }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return { cniVersion: "0.4.0", name: podNetworkName, plugins: [{ type: "ptp", ipMasq: false, ipam }] };
}

/** Images come from here alone, so they are never collected; and the disk is shared with others, so it may well be nearly full. */
function kubelet({ id }: NodeLayout): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: pki("kubelet.crt"),
    tlsPrivateKeyFile: pki("kubelet.key"),
    clusterDNS: [dnsService],
    clusterDomain: "cluster.local",
    resolvConf: "/dev/null",
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${id}`,
    failSwapOn: false,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    volumePluginDir: "/var/lib/kubelet/volume-plugins",
  };
}

/** Connection tracking is left as the host has set it. */
function kubeProxy({ name, podRange }: NodeLayout): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clientConnection: { kubeconfig: config("proxy.kubeconfig") },
    clusterCIDR: podRange,
    hostnameOverride: name,
    conntrack: { maxPerCore: 0, min: 0 },
  };
}
