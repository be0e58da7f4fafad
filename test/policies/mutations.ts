import { type Anything, changing, configuration, container, type Mutation, pod, without } from "./changing";

/** At least one for each rule. */
export const mutations: readonly Mutation[] = [
  {
    about: "a peer's Service became a load balancer",
    rule: "no-exposed-admin-port",
    change: changing("Service", "ipfs-0", ({ spec }) => {
      spec.type = "LoadBalancer";
    }),
  },
  {
    about: "a host of the gateway led to a peer's RPC",
    rule: "no-exposed-admin-port",
    change: changing("HTTPRoute", "gateway", ({ spec }) => {
      spec.rules[0].backendRefs = [{ name: "ipfs-0", port: 5001 }];
    }),
  },
  {
    about: "a Service behind an Ingress led elsewhere",
    rule: "no-exposed-admin-port",
    stack: "staging",
    change: changing("Service", "gateway", ({ spec }) => {
      spec.ports[0].targetPort = "rpc";
    }),
  },
  {
    about: "the REST API had a node port",
    rule: "client-apis-need-tls",
    change: changing("Service", "rest", ({ spec }) => {
      spec.type = "NodePort";
    }),
  },
  {
    about: "the REST API's route took requests in clear",
    rule: "client-apis-need-tls",
    change: changing("HTTPRoute", "rest", ({ spec }) => {
      spec.parentRefs[0].sectionName = "http";
    }),
  },
  {
    about: "the mesh's route took requests in clear",
    rule: "client-apis-need-tls",
    stack: "mesh",
    change: changing("VirtualService", "rest", ({ spec }) => {
      for (const rule of spec.http) delete rule.match;
    }),
  },
  {
    about: "an Ingress lost its certificate",
    rule: "client-apis-need-tls",
    stack: "staging",
    change: changing("Ingress", "rest", ({ spec }) => {
      delete spec.tls;
    }),
  },
  {
    about: "the REST API forgot its users",
    rule: "client-apis-ask-for-credentials",
    change: configuration((file) => {
      delete file.api.restapi.basic_auth_credentials;
    }),
  },
  {
    about: "the REST API moved to the gateway's host",
    rule: "hosts-apart",
    change: changing("HTTPRoute", "rest", ({ spec }) => {
      spec.hostnames = ["eu.gateway.example.org"];
    }),
  },
  {
    about: "an Ingress rewrote paths",
    rule: "no-snippets-or-rewrites",
    stack: "staging",
    change: changing("Ingress", "gateway", ({ metadata }) => {
      metadata.annotations["nginx.ingress.kubernetes.io/rewrite-target"] = "/$1";
    }),
  },
  { about: "it lost its NetworkPolicies", rule: "network-policies", change: without("NetworkPolicy") },
  {
    about: "everyone was trusted",
    rule: "no-trust-in-everyone",
    change: configuration((file) => {
      file.consensus.crdt.trusted_peers = ["*"];
    }),
  },
  {
    about: "the cluster secret was emptied",
    rule: "cluster-secret-is-set",
    change: changing("Secret", "prod-eu-cluster-secret", ({ stringData }) => {
      stringData["cluster-secret"] = "";
    }),
  },
  {
    about: "peers left when they stopped",
    rule: "no-leave-on-shutdown",
    change: configuration((file) => {
      file.cluster.leave_on_shutdown = true;
    }),
  },
  {
    about: "a variable was misspelt",
    rule: "known-environment",
    change: pod((spec) => spec.containers[0].env.push({ name: "CLUSTER_PEER_NAME", value: "a" })),
  },
  { about: "one volume was left out", rule: "peers-agree", change: without("PersistentVolumeClaim", "data-ipfs-4") },
  {
    about: "there was one kubo more",
    rule: "peers-agree",
    change: changing("StatefulSet", "ipfs", ({ spec }) => {
      spec.replicas++;
    }),
  },
  {
    about: "a volume lost its protection",
    rule: "protected-data",
    change: (resources) =>
      resources.map((each) => (each.type.endsWith(":PersistentVolumeClaim") ? { ...each, protect: false } : each)),
  },
  {
    about: "scaling down deleted volumes",
    rule: "kept-claims",
    change: changing("StatefulSet", "ipfs", ({ spec }) => {
      spec.persistentVolumeClaimRetentionPolicy.whenScaled = "Delete";
    }),
  },
  {
    about: "a secret was in a variable",
    rule: "no-secret-literals",
    change: container(({ env }) => env.push({ name: "KEY", value: "/key/swarm/psk/1.0.0/\n/base16/\nabc" })),
  },
  ...["Id", "String", "Uuid", "Uuid4", "Uuid7"].map((kind) => ({
    about: `a secret was made with Random${kind}`,
    rule: "no-random-ids",
    change: (resources: Anything[]) => [
      ...resources,
      { ...resources[0], type: `random:index/random${kind}:Random${kind}`, name: "id", urn: "id" },
    ],
  })),
  { about: "pods were root", rule: "restricted-pods", change: pod((spec) => delete spec.securityContext) },
  {
    about: "pods could write their root",
    rule: "read-only-root",
    change: container((each) => delete each.securityContext),
  },
  { about: "pods had a token", rule: "no-api-token", change: pod((spec) => delete spec.automountServiceAccountToken) },
  {
    about: "kubo was whatever is the latest",
    rule: "pinned-images",
    change: container((each) => {
      each.image = "docker.io/ipfs/kubo:latest";
    }),
  },
  {
    about: "kubo came from somewhere else",
    rule: "allowed-registries",
    change: container((each) => {
      each.image = "registry.example.org/ipfs/kubo:v0.42.0";
    }),
  },
  {
    about: "ingress-nginx was whatever is the latest",
    rule: "pinned-charts",
    stack: "staging",
    change: changing("Release", "staging-ingress-nginx", (release) => delete release.version),
  },
  {
    about: "memory had no limit",
    rule: "bounded-resources",
    change: container(({ resources }) => delete resources.limits),
  },
  { about: "nobody asked whether kubo lives", rule: "probes", change: container((each) => delete each.livenessProbe) },
  { about: "it lost its budgets", rule: "disruption-budgets", change: without("PodDisruptionBudget") },
  {
    about: "peers were put together",
    rule: "spread-pods",
    change: pod((spec) => {
      delete spec.affinity;
      delete spec.topologySpreadConstraints;
    }),
  },
];
