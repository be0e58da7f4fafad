import type { HttpApi, Settings } from "../settings";

/** What only the Kubernetes cluster knows of an API's Service. */
export interface Assigned {
  /** The load balancer's IP address or name. */
  readonly address?: string;
  readonly nodePort?: number;
}

/** Where an API is reached from outside; undefined: nowhere, or at a place that nobody has named yet. */
export function apiUrl({ exposure }: Settings, api: HttpApi, { address, nodePort }: Assigned): string | undefined {
  const way = exposure[api];
  switch (way.way) {
    case "clusterIP":
      return undefined;
    case "nodePort": {
      const port = way.port ?? nodePort;
      return way.host && port ? `http://${way.host}:${port}` : undefined;
    }
    case "loadBalancer": {
      const host = way.host ?? (address?.includes(":") ? `[${address}]` : address);
      return host ? `${way.tls ? "https" : "http"}://${host}` : undefined;
    }
    default:
      return `https://${way.host}`;
  }
}
