import { type KubernetesObject, listAt, mapAt, nameOf, textAt } from "../objects/object";
import { type ReadinessRule, ready, type Scene, waiting } from "./rule";

const endpoints = { apiVersion: "v1", kind: "Endpoints" };

/**
 * A Service is ready when its load balancer, if it asks for one, has an address, and when no pod behind it is still starting. Whether there is
 * any pod does not matter. Services without a selector, headless ones and ExternalName wait for no pods.
 */
export const serviceRule: ReadinessRule = {
  onRefresh: true,
  related: [endpoints],
  settlesOn: "Endpoints",
  judge: (scene) => {
    const { object } = scene;
    const balanced = textAt(object, "spec", "type") === "LoadBalancer";
    const addressed = !balanced || listAt(object, "status", "loadBalancer", "ingress").length > 0;
    const noAddress = "Service was not allocated an IP address; does the cluster have a load balancer controller?";
    if (!addressed) return waiting(`waiting for the load balancer of Service ${nameOf(object)}`, noAddress);
    if (!waitsForPods(object)) return ready("Service is ready");
    const subsets = ofSameName(scene).flatMap((found) => listAt(found, "subsets"));
    const starting = subsets.some((subset) => listAt(subset, "notReadyAddresses").length > 0);
    if (scene.settled && !starting) return ready("Service is ready");
    const targets = subsets.some((subset) => listAt(subset, "addresses").length > 0);
    const noTarget =
      "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods";
    const missing = targets ? "some Pods that the Service targets are not ready" : noTarget;
    return waiting(`waiting for the Pods of Service ${nameOf(object)}`, missing);
  },
};

const ofSameName = ({ object, related }: Scene) =>
  related("Endpoints").filter((found) => nameOf(found) === nameOf(object));

function waitsForPods(service: KubernetesObject): boolean {
  const selects = Object.keys(mapAt(service, "spec", "selector")).length > 0;
  const headless = textAt(service, "spec", "clusterIP") === "None";
  return selects && !headless && textAt(service, "spec", "type") !== "ExternalName";
}

/** An Ingress is ready when its controller has given it an address and every Service it names exists. */
export const ingressRule: ReadinessRule = {
  onRefresh: true,
  related: [endpoints, { apiVersion: "v1", kind: "Service" }],
  settlesOn: "Endpoints",
  judge: (scene) => {
    const { object, related, settled } = scene;
    const external = related("Service").filter((service) => textAt(service, "spec", "type") === "ExternalName");
    const known = new Set([...related("Endpoints"), ...external].map(nameOf));
    const unknown = backendsOf(object).filter((name) => !known.has(name));
    const addressed = listAt(object, "status", "loadBalancer", "ingress").length > 0;
    // A backend that never comes is not waited for: it may be meant for later.
    if (addressed && (unknown.length === 0 || settled)) return ready("Ingress is ready");
    const missing: string[] = [];
    if (unknown.length > 0)
      missing.push(`Ingress names Services that do not exist: ${[...new Set(unknown)].join(", ")}`);
    if (!addressed) {
      missing.push(
        "Ingress .status.loadBalancer field was not updated with a hostname/IP address: is a controller of its class running, and does it " +
          'publish addresses? Else set the annotation pulumi.com/skipAwait: "true"',
      );
    }
    return waiting(`waiting for an address of Ingress ${nameOf(object)}`, ...missing);
  },
};

function backendsOf(ingress: KubernetesObject): string[] {
  const paths = listAt(ingress, "spec", "rules").flatMap((rule) => listAt(rule, "http", "paths"));
  return paths.map((path) => textAt(path, "backend", "service", "name")).filter((name) => name !== "");
}
