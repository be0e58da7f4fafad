import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ApiServer } from "../node/apiServer";
import { importImages } from "../node/imageStore";
import type { NodeLayout } from "../node/layout";
import { run } from "../run";
import type { Report } from "../toolchain/build";
import type { Image } from "../toolchain/images";
import { ingressModules, pinnedVersions, sourceDirectory } from "../toolchain/modules";
import { gatewayClass, ingressClass, namespace, service, traefikObjects } from "./traefik";

/** A node's ingress controller: Traefik, which acts on Ingresses with ingress-nginx's annotations and on Gateway API. */
export interface Ingress {
  /** Where its load balancer is reached from the host and from other nodes. */
  readonly address: string;
  readonly ingressClass: string;
  readonly gatewayClass: string;
  /** Where its pods run. */
  readonly namespace: string;
}

interface Parts {
  readonly image: Image;
  readonly kubectl: string;
}

/** Makes the ingress controller of a running node what it should be, and returns when it serves. */
export async function installIngress(
  layout: NodeLayout,
  { image, kubectl: program }: Parts,
  report: Report,
): Promise<Ingress> {
  const kubectl = (...args: string[]) => run(program, [`--kubeconfig=${layout.kubeconfig}`, ...args]);
  await importImages(layout, [image]);

  const definitions = (await gatewayApiDefinitions()).flatMap((file) => ["-f", file]);
  // They are too big for what kubectl would remember of them in an annotation.
  await kubectl("apply", "--server-side", "--force-conflicts", ...definitions);
  await kubectl("wait", "--for=condition=Established", "--timeout=60s", ...definitions);

  const server = await ApiServer.of(layout);
  for (const object of traefikObjects(layout.name, image.reference)) await server.apply(object);
  await kubectl("-n", namespace, "rollout", "status", `deployment/${service}`, "--timeout=120s");
  const ip = "{.status.loadBalancer.ingress[0].ip}";
  await kubectl("-n", namespace, "wait", `--for=jsonpath=${ip}`, "--timeout=60s", `service/${service}`);
  const address = await kubectl("-n", namespace, "get", "service", service, "-o", `jsonpath=${ip}`);
  report(`node ${layout.name}: ingress controller at ${address}`);
  return { address, ingressClass, gatewayClass, namespace };
}

/**
 * The files of Gateway API's experimental channel, in the version that Traefik is built with: it reads TCPRoutes as v1alpha2, which the
 * standard channel does not serve.
 */
async function gatewayApiDefinitions(): Promise<string[]> {
  const [traefik] = ingressModules;
  const path = "sigs.k8s.io/gateway-api";
  const module = `${path}@${pinnedVersions(traefik)(path)}`;
  const answer = await run("go", ["mod", "download", "-json", module], { cwd: sourceDirectory(traefik) });
  const directory = join(JSON.parse(answer).Dir, "config/crd/experimental");
  const files = (await readdir(directory)).filter((file) => /^gateway\.networking\.k8s\.io_[a-z]+\.yaml$/.test(file));
  return files.map((file) => join(directory, file));
}
