export { type Audience, clusterPorts, kuboPorts, type Port } from "./ports";
