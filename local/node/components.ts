import type { Program } from "../toolchain/modules";
import { allocationsDirectory, config, containerdSocket, pki } from "./configuration";
import { loadBalancerClass, volumeProvisioner } from "./furnishing";
import { type NodeLayout, serviceRange } from "./layout";
import { policiesQueue } from "./network";
import { programInSandbox } from "./sandbox";

/** One process of the node. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether it only starts once the API server answers; the others find each other by themselves. */
  readonly needsApiServer: boolean;
}

/** Every component of a node, in the order of starting: those of a worker, and the control plane unless another node has it. */
export function components(layout: NodeLayout): Component[] {
  return layout.controlPlane ? worker(layout) : [...controlPlane(layout), ...worker(layout)];
}

function controlPlane({ name, address, loadBalancerRange }: NodeLayout): Component[] {
  const etcd = "http://127.0.0.1:2379";
  return [
    component("etcd", false, {
      "data-dir": "/var/lib/etcd",
      "listen-client-urls": etcd,
      "advertise-client-urls": etcd,
      "listen-peer-urls": "http://127.0.0.1:2380",
      "log-level": "warn",
    }),
    component("kube-apiserver", false, {
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
    component("kube-controller-manager", true, {
      kubeconfig: config("controller-manager.kubeconfig"),
      "service-account-private-key-file": pki("service-accounts.key"),
      "root-ca-file": pki("ca.crt"),
      "cluster-signing-cert-file": pki("ca.crt"),
      "cluster-signing-key-file": pki("ca.key"),
      "use-service-account-credentials": "true",
      "leader-elect": "false",
    }),
    component("kube-scheduler", true, { kubeconfig: config("scheduler.kubeconfig"), "leader-elect": "false" }),
    component("addresses", true, {
      kubeconfig: config("addresses.kubeconfig"),
      class: loadBalancerClass,
      range: loadBalancerRange,
      node: name,
    }),
  ];
}

function worker({ name, zone, address, podRange, allPodsRange }: NodeLayout): Component[] {
  return [
    {
      name: "containerd",
      command: ["containerd", "--config", config("containerd.toml")],
      needsApiServer: false,
    },
    component("kubelet", true, {
      config: config("kubelet.yaml"),
      kubeconfig: config("kubelet.kubeconfig"),
      "hostname-override": name,
      "node-ip": address,
      "node-labels": `topology.kubernetes.io/zone=${zone}`,
    }),
    component("storage", true, {
      kubeconfig: config("storage.kubeconfig"),
      provisioner: volumeProvisioner,
      node: name,
      directory: "/var/lib/volumes",
    }),
    component("kube-proxy", true, { config: config("kube-proxy.yaml") }),
    component("network-policies", true, {
      kubeconfig: config("network-policies.kubeconfig"),
      node: name,
      queue: String(policiesQueue),
      pods: podRange,
      "cluster-pods": allPodsRange,
      allocations: allocationsDirectory,
      runtime: `unix://${containerdSocket}`,
    }),
  ];
}

/** One of the toolchain's programs as a component. */
function component(name: Program, needsApiServer: boolean, flags: Readonly<Record<string, string>>): Component {
  const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  return { name, command: [programInSandbox(name), ...words], needsApiServer };
}
