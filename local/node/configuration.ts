import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Images } from "../toolchain/images";
import { type Identity, kubeconfig, pkiDirectory } from "./certificates";
import { dnsService, type NodeLayout } from "./layout";

/** Configuration files by the node's path. */
export type Files = Readonly<Record<string, string>>;

const configDirectory = "/var/lib/config";
const cniDirectory = `${configDirectory}/cni`;
/** As the node sees it. */
export const containerdSocket = "/run/containerd/containerd.sock";
const podNetworkName = "pods";
const ipamDirectory = "/run/cni";
/** Where the node sees which pod has which address: a file for each. It is forgotten with the pods. */
export const allocationsDirectory = join(ipamDirectory, podNetworkName);

/** A certificate or key of the node, as the node sees it. */
export const pki = (file: string) => join(pkiDirectory, file);
/** A configuration file, as the node sees it. */
export const config = (file: string) => join(configDirectory, file);

/** The files that the components of a node read. JSON is YAML, so that is what most of them are written in. */
export async function configurationFiles(layout: NodeLayout, images: Images): Promise<Files> {
  const ofWorker: Identity[] = ["storage", "kubelet", "proxy", "network-policies"];
  const ofControlPlane: Identity[] = ["controller-manager", "scheduler", "addresses"];
  const clients = layout.controlPlane ? ofWorker : [...ofControlPlane, ...ofWorker];
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
    dataDir: ipamDirectory,
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
