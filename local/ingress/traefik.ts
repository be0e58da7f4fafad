import type { KubernetesObject } from "@kubernetes/client-node";

type Manifest = KubernetesObject & Record<string, unknown>;

export const namespace = "traefik";
/** Of its Deployment and of its Service of type LoadBalancer. */
export const service = "traefik";
/** Ingresses of this class may have the annotations of ingress-nginx. */
export const ingressClass = "traefik-nginx";
export const gatewayClass = "traefik";

/** Not ingress-nginx's own, so that one may be installed beside. */
const ingressController = "ipfs-cluster-local/traefik-nginx";

/** Ports of its own, where listeners of a Gateway may be: HTTP, HTTPS, and TCP for a swarm of eight peers. */
const entryPoints: Readonly<Record<string, number>> = {
  web: 80,
  websecure: 443,
  ...Object.fromEntries([...Array(8).keys()].map((peer) => [`swarm-${peer}`, 4001 + peer])),
};
const pingPort = 8080;
const labels = { "app.kubernetes.io/name": "traefik" };
const metadata = { name: service, namespace, labels };

/** Everything that Traefik is in a cluster, in the order of making it. `node` is the one that it runs on. */
export function traefikObjects(node: string, image: string): Manifest[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    ...permissions(),
    loadBalancer(),
    deployment(node, image),
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: { name: ingressClass, labels },
      spec: { controller: ingressController },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: gatewayClass, labels },
      spec: { controllerName: "traefik.io/gateway-controller" },
    },
  ];
}

function permissions(): Manifest[] {
  const watch = ["get", "list", "watch"];
  const gatewayApi = [
    "gatewayclasses",
    "gateways",
    "httproutes",
    "grpcroutes",
    "tcproutes",
    "tlsroutes",
    "referencegrants",
    "backendtlspolicies",
  ];
  const rules = [
    { apiGroups: [""], resources: ["services", "secrets", "configmaps", "namespaces", "pods"], verbs: watch },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: watch },
    { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "ingressclasses"], verbs: watch },
    { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
    { apiGroups: ["gateway.networking.k8s.io"], resources: gatewayApi, verbs: watch },
    {
      apiGroups: ["gateway.networking.k8s.io"],
      resources: gatewayApi.map((resource) => `${resource}/status`),
      verbs: ["update"],
    },
  ];
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "traefik" };
  return [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "traefik", labels }, rules },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "traefik", labels },
      roleRef: role,
      subjects: [{ kind: "ServiceAccount", name: service, namespace }],
    },
  ];
}

/** Clients keep their address on the way in, which lists of who may connect look at. */
function loadBalancer(): Manifest {
  const ports = Object.entries(entryPoints).map(([name, port]) => ({ name, port, targetPort: name }));
  const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", selector: labels, ports };
  return { apiVersion: "v1", kind: "Service", metadata, spec };
}

function deployment(node: string, image: string): Manifest {
  const container = {
    name: "traefik",
    image,
    imagePullPolicy: "Never",
    args: flags(),
    ports: Object.entries(entryPoints).map(([name, containerPort]) => ({ name, containerPort })),
    readinessProbe: { httpGet: { path: "/ping", port: pingPort }, periodSeconds: 1 },
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "temporary", mountPath: "/tmp" }],
  };
  const pod = {
    serviceAccountName: service,
    // It has the image, and the load balancer's addresses lead there.
    nodeSelector: { "kubernetes.io/hostname": node },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
      // Listeners of a Gateway have the numbers of Traefik's own ports, and those are to be 80 and 443.
      sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
    },
    containers: [container],
    // Where it keeps what annotations make it buffer.
    volumes: [{ name: "temporary", emptyDir: {} }],
  };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec };
}

function flags(): string[] {
  const published = `${namespace}/${service}`;
  return [
    "--global.checknewversion=false",
    "--global.sendanonymoususage=false",
    "--ping=true",
    `--entrypoints.traefik.address=:${pingPort}`,
    ...Object.entries(entryPoints).map(([name, port]) => `--entrypoints.${name}.address=:${port}/tcp`),
    // Otherwise it ends every request whose body takes longer than a minute, which no annotation can change.
    "--entrypoints.websecure.transport.respondingtimeouts.readtimeout=0",
    "--providers.kubernetesingressnginx=true",
    `--providers.kubernetesingressnginx.controllerclass=${ingressController}`,
    `--providers.kubernetesingressnginx.publishservice=${published}`,
    // An Ingress that wants neither has to say so, as it has to wherever ingress-nginx is set up like this.
    "--providers.kubernetesingressnginx.proxyrequestbuffering=true",
    "--providers.kubernetesingressnginx.proxybuffering=true",
    "--providers.kubernetesingressnginx.httpentrypoint=web",
    "--providers.kubernetesingressnginx.httpsentrypoint=websecure",
    "--providers.kubernetesgateway=true",
    "--providers.kubernetesgateway.experimentalchannel=true",
    `--providers.kubernetesgateway.statusaddress.service.namespace=${namespace}`,
    `--providers.kubernetesgateway.statusaddress.service.name=${service}`,
  ];
}
