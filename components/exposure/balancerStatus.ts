import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** What has a load balancer, or a controller in front that has one. */
export type Balanced = k8s.core.v1.Service | k8s.networking.v1.Ingress;

/** The IP addresses or names that a load balancer has been given. */
export function givenAddresses({ status }: Balanced): pulumi.Output<string[]> {
  // Whatever the types say, there is no status before somebody has written one.
  return (status as pulumi.Output<k8s.types.output.core.v1.ServiceStatus | undefined>).apply((known) =>
    (known?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname).filter(Boolean),
  );
}
