import { isIP } from "node:net";
import { type Fault, removeCommand, setCommand } from "../faults";
import type { Settings } from "../settings";
import { apiHosts, httpApis } from "./hosts";
import type { PeerWay, SwarmWay } from "./types";

/** Rules over hosts, certificates, ports and addresses; each is pure and returns every fault it finds. */

/** Every host has a certificate, and somebody who can make it. */
export function certificateRules(settings: Settings): Fault[] {
  const { issuer, certManager } = settings;
  const issued = apiHosts(settings).filter((host) => host.issued);
  return issued.flatMap((host): Fault[] => {
    if (issuer === undefined) {
      const reason = `nobody is named to sign the certificate of ${host.names[0]}`;
      const fix = `${setCommand("tls.issuer.kind", "letsEncrypt")} and tls.issuer.email, or name a Secret as ${host.path}.certificate`;
      return [{ path: "tls.issuer", reason, fix }];
    }
    if (issuer.kind !== "generated" && certManager.install === "none") {
      const reason = `tls.issuer ${issuer.kind} needs cert-manager, and it is said not to be there`;
      return [
        { path: "certManager.install", value: "none", reason, fix: setCommand("certManager.install", "existing") },
      ];
    }
    if (issuer.kind === "acme" && issuer.dns01 === undefined && host.names.some((name) => name.startsWith("*."))) {
      const reason = "a wildcard certificate can be had by DNS-01 only, and tls.issuer has no dns01";
      const fix = `give tls.issuer.dns01 a cert-manager solver, or ${removeCommand(`${host.path}.subdomains`)}`;
      return [{ path: `${host.path}.subdomains`, value: true, reason, fix }];
    }
    return [];
  });
}

/** One name leads to one place. */
export function hostRules(settings: Settings): Fault[] {
  const claimed: { path: string; name: string }[] = apiHosts(settings).flatMap(({ path, names }) =>
    names.map((name) => ({ path: `${path}.host`, name })),
  );
  for (const api of httpApis) {
    const way = settings.exposure[api];
    const plain = way.way === "nodePort" || way.way === "loadBalancer";
    if (plain && way.host) claimed.push({ path: `exposure.${api}.host`, name: way.host });
  }
  return claimed.flatMap(({ path, name }, index) => {
    const other = claimed.slice(0, index).find((each) => each.path !== path && overlap(each.name, name));
    if (!other) return [];
    const reason = `${other.path} has ${other.name === name ? "it" : other.name} already: each API has a host of its own`;
    return [{ path, value: name, reason, fix: setCommand(path, "<another name>") }];
  });
}

function overlap(one: string, other: string): boolean {
  const [parentOne, parentOther] = [one, other].map((name) => name.slice(name.indexOf(".")));
  return one === other || (one.startsWith("*.") || other.startsWith("*.") ? parentOne === parentOther : false);
}

/** No two ports of the nodes, or of a Gateway, are the same; each peer has an address. */
export function portRules(settings: Settings): Fault[] {
  const { exposure, replicas } = settings;
  const faults: Fault[] = [];
  const taken: { path: string; first: number; last: number }[] = [];
  const take = (path: string, first: number, count: number) => {
    const last = first + count - 1;
    const other = taken.find((each) => first <= each.last && each.first <= last);
    if (other) {
      const range = count === 1 ? "it" : `${first} to ${last}, one for each peer,`;
      faults.push({
        path,
        value: first,
        reason: `${other.path} takes ${range} too`,
        fix: setCommand(path, "<another>"),
      });
    }
    taken.push({ path, first, last });
  };
  for (const api of httpApis) {
    const way = exposure[api];
    if (way.way === "nodePort" && way.port !== undefined) take(`exposure.${api}.port`, way.port, 1);
  }
  faults.push(...listenerFaults(settings));
  for (const port of ["swarm", "peer"] as const) {
    const way = exposure[port];
    if (way.way === "nodePort") take(`exposure.${port}.basePort`, way.basePort, replicas);
    faults.push(...perPeerFaults(`exposure.${port}`, way, replicas));
  }
  return faults;
}

/** A Gateway's definition lets it have so many. */
const mostListeners = 64;

/** What the listeners of the stack's own Gateway come to: for peers, beside those for hosts. */
function listenerFaults(settings: Settings): Fault[] {
  const { exposure, network, replicas, gatewayApi } = settings;
  if (gatewayApi.existing) return [];
  const hosts = apiHosts(settings).filter(({ way }) => way === "gatewayApi");
  const forHosts = hosts.flatMap(({ names }) => names).length;
  const { swarm } = exposure;
  const forPeers = swarm.way === "gatewayApi" ? replicas * (network === "public" ? 2 : 1) : 0;
  const faults: Fault[] = [];
  if (forHosts + forPeers > mostListeners - 1) {
    faults.push({
      path: swarm.way === "gatewayApi" ? "exposure.swarm.way" : "exposure.swarm.websocket",
      reason: `the Gateway would have ${forHosts + forPeers + 1} listeners, and ${mostListeners} are the most`,
      fix: "reach the peers by load balancers or node ports, or run fewer",
    });
  }
  if (swarm.way === "gatewayApi" && forHosts > 0) {
    const taken = [80, 443].find((port) => swarm.basePort <= port && port < swarm.basePort + replicas);
    if (taken !== undefined) {
      faults.push({
        path: "exposure.swarm.basePort",
        value: swarm.basePort,
        reason: `port ${taken} of the Gateway is taken by hosts`,
        fix: setCommand("exposure.swarm.basePort", 4001),
      });
    }
  }
  return faults;
}

function perPeerFaults(path: string, way: PeerWay | SwarmWay, replicas: number): Fault[] {
  if (way.way === "clusterIP") return [];
  const faults: Fault[] = [];
  const highest = way.way === "nodePort" ? 32767 : 65535;
  if (way.way !== "loadBalancer" && way.basePort + replicas - 1 > highest) {
    faults.push({
      path: `${path}.basePort`,
      value: way.basePort,
      reason: `peer ${replicas - 1} would be at ${way.basePort + replicas - 1}, and ${highest} is the last port`,
      fix: setCommand(`${path}.basePort`, highest - replicas + 1),
    });
  }
  const count = way.addresses.length;
  const enough = way.way === "loadBalancer" ? count === 0 || count >= replicas : count === 1 || count >= replicas;
  if (!enough) {
    const reason = `${count} for ${replicas} peers: a peer can't announce an address that it doesn't have`;
    faults.push({ path: `${path}.addresses`, reason, fix: "name one for each peer, in their order" });
  }
  if (way.way === "loadBalancer" && way.provider === "aws" && way.addresses.some((address) => isIP(address) !== 0)) {
    faults.push({
      path: `${path}.addresses`,
      reason: "an AWS load balancer can't be told its address here, so these would be announced and lead nowhere",
      fix: `name DNS names that will lead to them, or ${removeCommand(`${path}.addresses`)}`,
    });
  }
  if (way.way === "loadBalancer" && way.split && count === 0 && (way.provider === "gke" || way.provider === "none")) {
    const reason = "missing: two Services share an address only if it is reserved, and named here";
    faults.push({
      path: `${path}.addresses`,
      reason,
      fix: "reserve one for each peer, or set split to false where one Service can carry both",
    });
  }
  return faults;
}
