import type { KubernetesObject, V1PersistentVolume } from "@kubernetes/client-node";
import { dnsService, type NodeLayout } from "./layout";

/** The class that claims get which name none. */
export const storageClass = "local";

/** The folder of a volume, as the node sees it. */
export function volumePath(volume: number): string {
  return `/var/lib/volumes/${volume}`;
}

/** What a cluster has before anybody uses it: a default storage class and DNS. */
export function furnishing(corednsImage: string): KubernetesObject[] {
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: storageClass, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    } as KubernetesObject,
    ...dns(corednsImage),
  ];
}

/** A volume in a folder of the node's disk; unlike hostPath, it is given to the pod's group. Its size is only a promise. */
export function volume({ name }: NodeLayout, number: number): V1PersistentVolume {
  const hostname = { key: "kubernetes.io/hostname", operator: "In", values: [name] };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `${name}-${number}` },
    spec: {
      capacity: { storage: "100Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: storageClass,
      persistentVolumeReclaimPolicy: "Retain",
      local: { path: volumePath(number) },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
    },
  };
}

/**
 * CoreDNS as most clusters have it, with its cache, so that programs here meet names that are remembered not to exist. It forwards nothing:
 * there is nothing to forward to.
 */
function dns(image: string): KubernetesObject[] {
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
