import assert from "node:assert/strict";
import { type LoadBalancerWish, loadBalancerTerms } from "../../../components/exposure/providers";
import { type PerPeerLoadBalancer, resolveSettings } from "../../../components/settings";

/** What a Service says, for these settings of `exposure.swarm`. */
function terms(way: Record<string, unknown>, wish: Partial<LoadBalancerWish> = {}) {
  const addresses =
    way.split === false || way.provider !== "gke" ? {} : { addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] };
  const swarm = { way: "loadBalancer", ...addresses, ...way };
  const settings = resolveSettings({ environment: "dev", network: "public", exposure: { swarm } }, { stack: "test" });
  return loadBalancerTerms(settings.exposure.swarm as PerPeerLoadBalancer, { mixed: false, ...wish });
}

const aws = (name: string) => `service.beta.kubernetes.io/aws-load-balancer-${name}`;

describe("load balancers", () => {
  it("of AWS are open to the world unless internal, and send packets to pods", () => {
    const { annotations, spec } = terms({ provider: "aws" });
    assert.equal(annotations[aws("scheme")], "internet-facing");
    assert.equal(annotations[aws("nlb-target-type")], "ip");
    assert.equal(annotations[aws("healthcheck-protocol")], "tcp");
    assert.deepEqual(spec, { loadBalancerClass: "service.k8s.aws/nlb", allocateLoadBalancerNodePorts: false });
    assert.equal(terms({ provider: "aws", internal: true }).annotations[aws("scheme")], "internal");
  });

  it("of AWS carry both protocols on one port when told to", () => {
    const listener = aws("enable-tcp-udp-listener");
    assert.equal(terms({ provider: "aws" }, { mixed: true }).annotations[listener], "true");
    assert.equal(terms({ provider: "aws" }).annotations[listener], undefined);
  });

  it("of GKE carry both protocols in the newer classes only, and share a reserved address else", () => {
    const loadBalancerClass = (way: object) => terms({ provider: "gke", ...way }).spec.loadBalancerClass;
    assert.equal(loadBalancerClass({ split: false }), "networking.gke.io/l4-regional-external");
    assert.equal(loadBalancerClass({ split: false, internal: true }), "networking.gke.io/l4-regional-internal");
    assert.equal(loadBalancerClass({ split: true }), undefined);
    const { annotations, spec } = terms(
      { provider: "gke", split: true, internal: true },
      { sharedBy: "ipfs-0-swarm", address: "192.0.2.1" },
    );
    assert.deepEqual(spec, { loadBalancerIP: "192.0.2.1" });
    assert.deepEqual(annotations, { "networking.gke.io/load-balancer-type": "Internal" });
  });

  it("of Azure are told the address by its family", () => {
    const azure = (name: string) => `service.beta.kubernetes.io/azure-load-balancer-${name}`;
    const annotations = (address: string) => terms({ provider: "azure" }, { address }).annotations;
    assert.deepEqual(annotations("192.0.2.1"), { [azure("ipv4")]: "192.0.2.1" });
    assert.deepEqual(annotations("2001:db8::1"), { [azure("ipv6")]: "2001:db8::1" });
    assert.deepEqual(terms({ provider: "azure", internal: true }).annotations, { [azure("internal")]: "true" });
  });

  it("of MetalLB share an address by a key, and take the one that is named", () => {
    const { annotations, spec } = terms(
      { provider: "metallb", split: true },
      { sharedBy: "ipfs-1-swarm", address: "192.0.2.1" },
    );
    assert.deepEqual(annotations, {
      "metallb.io/allow-shared-ip": "ipfs-1-swarm",
      "metallb.io/loadBalancerIPs": "192.0.2.1",
    });
    assert.deepEqual(spec, {});
    assert.deepEqual(terms({ provider: "metallb" }), { annotations: {}, spec: {} });
  });

  it("of nobody in particular are told the address alone", () => {
    assert.deepEqual(terms({ provider: "none" }, { mixed: true }), { annotations: {}, spec: {} });
    assert.deepEqual(terms({ provider: "none" }, { address: "192.0.2.1" }).spec, { loadBalancerIP: "192.0.2.1" });
  });

  it("are not asked for a DNS name", () => {
    for (const provider of ["gke", "azure", "metallb", "none"]) {
      const { annotations, spec } = terms({ provider, split: false }, { address: "one.example.org" });
      assert.doesNotMatch(JSON.stringify([annotations, spec]), /example/, provider);
    }
  });

  it("have the class and annotations of the stack file, over the program's own", () => {
    for (const provider of ["aws", "gke", "azure", "metallb", "none"]) {
      const annotations = { [aws("scheme")]: "mine", "example.com/subnet": "a" };
      const found = terms({ provider, split: false, class: "mine.example", annotations }, { mixed: true });
      assert.equal(found.spec.loadBalancerClass, "mine.example");
      assert.equal(found.annotations[aws("scheme")], "mine");
      assert.equal(found.annotations["example.com/subnet"], "a");
    }
  });
});
