import type { KubernetesObject } from "@kubernetes/client-node";
import { addressesUser, networkPoliciesUser, storageUser } from "./certificates";
import { dnsService } from "./layout";

/** The name by which storage classes call the node's provisioner, a component of its own (toolchain/kube/storage.go). */
export const volumeProvisioner = "ipfs-cluster-local/folders";

/** The loadBalancerClass of the node's own load balancers (toolchain/kube/addresses.go), which Services without a class get as well. */
export const loadBalancerClass = "ipfs-cluster-local/addresses";

/**
 * What a cluster has before anybody uses it: storage classes, load balancers, NetworkPolicies and DNS.
 *
 * @param node the one that DNS runs on: it has to be there whichever other worker is lost.
 */
export function furnishing(node: string, corednsImage: string): KubernetesObject[] {
  return [
    ...storage(),
    binding(addressesUser, "system:controller:service-controller"),
    binding(addressesUser, "system:node-proxier"),
    binding(networkPoliciesUser, "system:aggregate-to-view"),
    ...dns(node, corednsImage),
  ];
}

/** Gives one of the node's own components a role that Kubernetes has for what it does. */
function binding(user: string, role: string): KubernetesObject & Record<string, unknown> {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `${user}:${role}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  };
}

/** The default is named as kind and minikube do; deletes and grows volumes as clouds do. Volumes of the other can be filled up. */
function storage(): KubernetesObject[] {
  const storageClass = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    provisioner: volumeProvisioner,
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
    allowVolumeExpansion: true,
  };
  const standard = {
    ...storageClass,
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  };
  const small = { ...storageClass, metadata: { name: "small" }, parameters: { enforceSize: "true" } };
  const roles = ["system:persistent-volume-provisioner", "system:controller:expand-controller"];
  return [standard, small, ...roles.map((role) => binding(storageUser, role))];
}

/**
 * CoreDNS as most clusters have it, with its cache, so that programs here meet names that are remembered not to exist. It forwards nothing:
 * there is nothing to forward to.
 */
function dns(node: string, image: string): KubernetesObject[] {
  const metadata = { name: "coredns", namespace: "kube-system" };
  const labels = { "k8s-app": "kube-dns" };
  const corefile = `.:53 {
    errors
    health {
      lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
      ttl 5
    }
    cache 30
    reload
    loadbalance
}
`;
  const container = {
    name: "coredns",
    image,
    imagePullPolicy: "Never",
    args: ["-conf", "/etc/coredns/Corefile"],
    ports: [
      { name: "dns", containerPort: 53, protocol: "UDP" },
      { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
    ],
    readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
    livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 60, timeoutSeconds: 5 },
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "170Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
    },
    volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
  };
  const rules = [
    { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ];
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "coredns" };
  const objects: (KubernetesObject & Record<string, unknown>)[] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "coredns" }, rules },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "coredns" },
      roleRef: role,
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile: corefile } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            priorityClassName: "system-cluster-critical",
            nodeSelector: { "kubernetes.io/hostname": node },
            serviceAccountName: "coredns",
            dnsPolicy: "Default",
            containers: [container],
            volumes: [{ name: "config", configMap: { name: "coredns" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace: "kube-system", labels },
      spec: {
        clusterIP: dnsService,
        selector: labels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    },
  ];
  return objects;
}
