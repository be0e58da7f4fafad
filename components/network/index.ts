export { apisOf, type ExposablePort, gatewayHealthPath, portOf, servedBy } from "./apis";
export { type Flow, flows, isFlowTo, type Own, type Party, podsOf, workloadsOf } from "./flows";
export { libp2pPorts, meshPodMetadata } from "./meshPods";
export { networkPolicies } from "./networkPolicies";
export { type Audience, clusterPorts, kuboPorts, type Port } from "./ports";
