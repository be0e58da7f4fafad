import { type Anything, adding, all, changing, configuration, container, type Mutation, pod } from "./changing";

const labels = { "app.kubernetes.io/instance": "prod-eu", "app.kubernetes.io/name": "ipfs" };

/** Calls a port of a workload's pods something else. */
const renaming = (set: string, from: string, to: string) =>
  changing("StatefulSet", set, ({ spec }) => {
    for (const each of spec.template.spec.containers) {
      for (const port of each.ports) if (port.name === from) port.name = to;
    }
  });

/** A ConfigMap that pods take variables from. */
const environment = (data: object) => adding("core/v1:ConfigMap", "environment", { data });

const ingress = (name: string, service: string, port: number, host?: string) =>
  adding("networking.k8s.io/v1:Ingress", name, {
    spec: {
      tls: [{ hosts: ["api.example.org"] }],
      rules: [
        { host, http: { paths: [{ path: "/", backend: { service: { name: service, port: { number: port } } } }] } },
      ],
    },
  });

const traefik = (name: string, match: string, service: string, port: number) =>
  adding("traefik.io/v1alpha1:IngressRoute", name, {
    spec: { tls: {}, routes: [{ match, services: [{ name: service, port }] }] },
  });

const policy = (fields: object) =>
  adding("networking.k8s.io/v1:NetworkPolicy", "more", { spec: { podSelector: { matchLabels: labels }, ...fields } });

/** What has the effect of something that a rule is about, and does not look like it. */
export const loopholes: readonly Mutation[] = [
  {
    about: "a load balancer led to the RPC by another name",
    rule: "no-exposed-admin-port",
    change: all(
      renaming("ipfs", "rpc", "api"),
      adding("core/v1:Service", "open", {
        spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 443, targetPort: "api" }] },
      }),
    ),
  },
  {
    about: "a peer's Service was patched to be a load balancer",
    rule: "no-exposed-admin-port",
    change: adding("core/v1:ServicePatch", "ipfs-0", { spec: { type: "LoadBalancer" } }),
  },
  {
    about: "a load balancer led to the REST API by another name",
    rule: "client-apis-need-tls",
    change: all(
      renaming("cluster", "rest", "http"),
      changing("Service", "rest", ({ spec }) => {
        spec.type = "LoadBalancer";
        spec.ports = [{ port: 80, targetPort: "http" }];
      }),
    ),
  },
  {
    about: "an Ingress went on in clear to a Service's port of another number",
    rule: "client-apis-need-tls",
    stack: "staging",
    change: all(
      changing("Service", "rest", ({ spec }) => {
        spec.ports[0].port = 443;
      }),
      changing("Ingress", "rest", ({ metadata, spec }) => {
        metadata.annotations["nginx.ingress.kubernetes.io/ssl-redirect"] = "false";
        for (const { http } of spec.rules) for (const path of http.paths) path.backend.service.port = { number: 443 };
      }),
    ),
  },
  {
    about: "a ConfigMap of variables trusted everyone",
    rule: "no-trust-in-everyone",
    change: environment({ CLUSTER_CRDT_TRUSTEDPEERS: "*" }),
  },
  {
    about: "a ConfigMap of variables made peers leave",
    rule: "no-leave-on-shutdown",
    change: environment({ CLUSTER_LEAVEONSHUTDOWN: "true" }),
  },
  {
    about: "a ConfigMap of variables emptied the cluster secret",
    rule: "cluster-secret-is-set",
    change: environment({ CLUSTER_SECRET: "" }),
  },
  {
    about: "a ConfigMap had a misspelt variable",
    rule: "known-environment",
    change: environment({ CLUSTER_PEER_NAME: "a" }),
  },
  {
    about: "passwords were in a variable",
    rule: "no-secret-literals",
    change: pod((spec) =>
      spec.containers[0].env.push({ name: "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS", value: "admin:password" }),
    ),
  },
  {
    about: "passwords were in a ConfigMap of variables",
    rule: "no-secret-literals",
    change: environment({ CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS: "admin:password" }),
  },
  {
    about: "a credential of kubo's RPC was in a ConfigMap",
    rule: "no-secret-literals",
    change: adding("core/v1:ConfigMap", "kubo", {
      data: { API: JSON.stringify({ Authorizations: { a: { AuthSecret: "bearer:abc", AllowedPaths: ["/api/v0"] } } }) },
    }),
  },
  {
    about: "a private key was in a ConfigMap's binary data",
    rule: "no-secret-literals",
    change: adding("core/v1:ConfigMap", "key", {
      binaryData: { "key.pem": Buffer.from("-----BEGIN PRIVATE KEY-----\nabc").toString("base64") },
    }),
  },
  {
    about: "a variable opened a REST API that was the pod's own",
    rule: "client-apis-ask-for-credentials",
    change: all(
      configuration((file) => {
        delete file.api.restapi.basic_auth_credentials;
        file.api.restapi.http_listen_multiaddress = "/ip4/127.0.0.1/tcp/9094";
      }),
      pod((spec) =>
        spec.containers[0].env.push({
          name: "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS",
          value: "/ip4/0.0.0.0/tcp/9094",
        }),
      ),
    ),
  },
  {
    about: "a variable emptied the REST API's credentials",
    rule: "client-apis-ask-for-credentials",
    change: environment({ CLUSTER_RESTAPI_BASICAUTHCREDENTIALS: "" }),
  },
  {
    about: "kubo's data went with its pods",
    rule: "peers-agree",
    change: changing("StatefulSet", "ipfs", ({ spec }) => {
      delete spec.volumeClaimTemplates;
      spec.template.spec.volumes.push({ name: "data", emptyDir: {} });
    }),
  },
  {
    about: "Ingresses without a host led to content and to an API",
    rule: "hosts-apart",
    change: all(ingress("content", "gateway", 8080), ingress("api", "rest", 9094)),
  },
  {
    about: "an Ingress of all hosts led to content, and one of a host to an API",
    rule: "hosts-apart",
    change: all(ingress("content", "gateway", 8080), ingress("api", "rest", 9094, "api.example.org")),
  },
  {
    about: "routes without a host led to content and to an API",
    rule: "hosts-apart",
    change: (resources) => {
      for (const { type, inputs, state } of resources) {
        if (type.endsWith(":HTTPRoute")) for (const each of [inputs, state]) delete (each as Anything).spec.hostnames;
        if (!type.endsWith(":Gateway")) continue;
        for (const each of [inputs, state])
          for (const listener of (each as Anything).spec.listeners) delete listener.hostname;
      }
      return undefined;
    },
  },
  {
    about: "Traefik had content and an API on one host",
    rule: "hosts-apart",
    change: all(
      traefik("content", "Host(`a.example.org`) && PathPrefix(`/ipfs`)", "gateway", 8080),
      traefik("api", "PathPrefix(`/pins`) && Host(`b.example.org`, `a.example.org`)", "pinning", 9097),
    ),
  },
  {
    about: "kubo was whatever is the latest of a branch",
    rule: "pinned-images",
    change: container((each) => {
      each.image = "docker.io/ipfs/kubo:master-latest";
    }),
  },
  {
    about: "ingress-nginx took snippets by its configuration",
    rule: "no-snippets-or-rewrites",
    stack: "staging",
    change: changing("Release", "staging-ingress-nginx", ({ values }) => {
      values.controller.config = { ...values.controller.config, "allow-snippet-annotations": "true" };
    }),
  },
  {
    about: "a pod had no AppArmor",
    rule: "restricted-pods",
    change: pod((spec) => {
      spec.securityContext.appArmorProfile = { type: "Unconfined" };
    }),
  },
  { about: "a policy let everybody in", rule: "network-policies", change: policy({ ingress: [{}] }) },
  {
    about: "a policy let kubo out to everything",
    rule: "network-policies",
    change: policy({ policyTypes: ["Egress"], egress: [{}] }),
  },
];
