export type { DnsRecord } from "./dns";
export { type HttpWays, type HttpWaysArgs, httpWaysIn } from "./httpWays";
export { meshPodMetadata } from "./mesh";
export { type PerPeerWays, perPeerWaysIn } from "./perPeer";
