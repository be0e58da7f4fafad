export type { DnsRecord } from "./dns";
export { type HttpWays, type HttpWaysArgs, httpWaysIn } from "./httpWays";
export { meshPodMetadata } from "./mesh";
