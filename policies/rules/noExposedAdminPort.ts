import type { Port } from "../ports";
import { backends, called, follow, isOpen, portOf, targets } from "../routes";
import type { Report, Resource, Rule } from "../rule";

const isInner = (port: Port | undefined): port is Port => port?.audience === "admin" || port?.audience === "monitoring";

/** kubo's RPC, ipfs-cluster's IPFS proxy and the metrics, which have pprof beside them, take anyone at their word. */
export const noExposedAdminPort: Rule = {
  name: "no-exposed-admin-port",
  what: "No way from outside leads to kubo's RPC, ipfs-cluster's IPFS proxy or the metrics.",
  why: "They ask for no credentials: whoever reaches them reads keys, changes the configuration and deletes content.",
  fix: "take this way out, and use `kubectl port-forward` for administration",
  check(resource, report) {
    if (isOpen(resource)) checkService(resource, report);
    for (const { port } of backends(resource)) {
      const inner = portOf(port);
      if (isInner(inner)) report(port, `leads to ${called(inner)}`);
    }
  },
  checkStack(resources, report) {
    for (const route of resources) {
      for (const backend of backends(route)) {
        if (isInner(portOf(backend.port))) continue; // it was said of the route itself
        for (const port of follow(route, backend, resources).filter(isInner)) {
          report(backend.port, `leads to ${called(port)} through Service ${backend.service}`);
        }
      }
    }
  },
};

function checkService(service: Resource, report: Report): void {
  for (const { field, port } of targets(service)) {
    if (isInner(port)) report(field, `opens ${called(port)} to the outside`);
  }
}
