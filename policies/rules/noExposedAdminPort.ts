import type { Port } from "../ports";
import { backends, called, portOf } from "../routes";
import type { Rule } from "../rule";
import { isOpen, Services, targets } from "../services";

const isInner = (port: Port | undefined): port is Port => port?.audience === "admin" || port?.audience === "monitoring";

/** kubo's RPC, ipfs-cluster's IPFS proxy and the metrics, which have pprof beside them, take anyone at their word. */
export const noExposedAdminPort: Rule = {
  name: "no-exposed-admin-port",
  what: "No way from outside leads to kubo's RPC, ipfs-cluster's IPFS proxy or the metrics.",
  why: "They ask for no credentials: whoever reaches them reads keys, changes the configuration and deletes content.",
  fix: "take this way out, and use `kubectl port-forward` for administration",
  check(resource, report) {
    for (const { field, port } of isOpen(resource) ? targets(resource) : []) {
      if (isInner(port)) report(field, `opens ${called(port)} to the outside`);
    }
    for (const { port } of backends(resource)) {
      const inner = portOf(port);
      if (isInner(inner)) report(port, `leads to ${called(inner)}`);
    }
  },
  checkStack(resources, report) {
    const services = new Services(resources);
    for (const { field, port } of services.hiddenTargets()) {
      if (isInner(port)) report(field, `opens ${called(port)} to the outside`);
    }
    for (const route of resources) {
      for (const backend of backends(route)) {
        if (isInner(portOf(backend.port))) continue; // it was said of the route itself
        for (const port of services.behindBackend(route, backend).filter(isInner)) {
          report(backend.port, `leads to ${called(port)} through Service ${backend.service}`);
        }
      }
    }
  },
};
