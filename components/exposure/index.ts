export type { DnsRecord } from "./dns";
export { type HttpWays, type HttpWaysArgs, httpWaysIn } from "./httpWays";
export { type PerPeerWays, perPeerWaysIn } from "./perPeer";
