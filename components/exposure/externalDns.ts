import type { Settings } from "../settings";

/** Annotations that tell ExternalDNS which names lead to an object; none where `exposure.externalDns` is off, or there is no name. */
export function externalDnsAnnotations({ exposure }: Settings, names: readonly string[]): Record<string, string> {
  if (names.length === 0) return {};
  const prefixes = exposure.externalDns?.prefixes ?? [];
  return Object.fromEntries(prefixes.map((prefix) => [`${prefix}/hostname`, names.join(",")]));
}
