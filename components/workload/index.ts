export { clusterPod } from "./clusterPod";
export { type KuboPeer, kuboConfig } from "./kuboConfig";
export { kuboPod } from "./kuboPod";
export { claimName, clusterSwarmAddress, kuboSwarmAddress, peerHost, peerName, peerService } from "./names";
export { credentialsSecret, workloadSecrets } from "./secrets";
export { type ClusterSecrets, restUser, serviceJson } from "./serviceJson";
export { workload } from "./workload";
