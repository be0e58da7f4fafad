import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeLayout } from "../../local/node/layout";
import { placeOf } from "../../local/node/places";
import { waitFor } from "../../local/waitFor";
import { TestNode, webServer } from "../support/node";
import { theNode, node as theNodesName } from "./support/shared";

const node = new TestNode(theNodesName, "policies");
/** Ends well if a connection is made at once; what is denied is dropped, and waits. */
const opens = (address: string, port = 8080, seconds = 5) => `nc -w ${seconds} ${address} ${port} </dev/null`;
const app = (name: string) => ({ matchLabels: { app: name } });

interface Spec {
  readonly podSelector: object;
  readonly policyTypes?: readonly ("Ingress" | "Egress")[];
  readonly ingress?: readonly object[];
  readonly egress?: readonly object[];
}

const policy = (name: string, spec: Spec) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name },
  spec,
});

/** From the first of its program's instructions on, a pod that opens a connection and ends well if it could. */
const dialler = (name: string, role: string, address: string) => {
  const [, pod] = webServer(name) as [object, { spec: { containers: object[] } }];
  const [container] = pod.spec.containers;
  const { readinessProbe, volumeMounts, ...rest } = container as Record<string, unknown>;
  return {
    ...pod,
    metadata: { name, labels: { app: role } },
    spec: {
      ...pod.spec,
      volumes: [],
      restartPolicy: "Never",
      containers: [{ ...rest, command: ["sh", "-c", opens(address)] }],
    },
  };
};

describe("NetworkPolicies on the embedded cluster", function () {
  this.timeout(180_000);
  let server: string;
  let client: string;
  let host: string;
  let address: string;

  before(async () => {
    await theNode();
    const place = await placeOf(theNodesName);
    assert.ok(place);
    ({ gateway: host, address } = nodeLayout(theNodesName, place));
    await node.kubectl(["create", "namespace", node.namespace]);
    await node.apply(...webServer("server"), ...webServer("client"));
    [server, client] = await Promise.all(["server", "client"].map((pod) => node.addressOf(pod)));
  });
  after(() => node.kubectl(["delete", "namespace", node.namespace, "--wait=false"]));

  /** Tells the enforcer's time to hear of a change from the change's effect. */
  const denied = (what: () => Promise<unknown>, message: string) =>
    waitFor(message, 5, () =>
      what().then(
        () => false,
        () => true,
      ),
    );
  const fromHost = (url: string) => fetch(url, { signal: AbortSignal.timeout(1000) });
  const nodePort = () => node.kubectl(["get", "service", "server", "-o", "jsonpath={.spec.ports[0].nodePort}"]);

  it("leave pods that none selects open to all", async () => {
    await node.shell("client", opens(server));
    await node.shell("client", opens("server", 80));
    await node.shell("server", opens("10.43.0.1", 443));
    assert.equal((await fromHost(`http://${server}:8080/none`)).status, 404);
  });

  it("close a pod to all by default: other pods, Services, DNS, the API server, the host", async () => {
    await node.apply(
      policy("default", { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [] }),
    );
    await denied(() => node.shell("client", opens(server, 8080, 1)), "the policy to be known");
    await assert.rejects(node.shell("server", opens(client, 8080, 1)));
    await assert.rejects(node.shell("client", opens(await clusterIp("server"), 80, 1)));
    await assert.rejects(node.shell("client", "timeout 2 nslookup kubernetes.default.svc.cluster.local"));
    await assert.rejects(node.shell("client", opens("10.43.0.1", 443, 1)));
    await assert.rejects(fromHost(`http://${server}:8080/`));
    await assert.rejects(fromHost(`http://${address}:${await nodePort()}/`));
  });

  it("never keep the node from probing its pods", async () => {
    await node.apply(...webServer("probed"));
    const first = await node.addressOf("probed");
    assert.equal(await node.addressOf("probed"), first);
    await sleep(3000);
    for (const pod of ["server", "client", "probed"]) {
      const ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
      assert.equal(await node.kubectl(["get", "pod", pod, "-o", ready]), "True");
    }
  });

  it("allow what they say, to those they name, in the direction and on the port they name", async () => {
    const ports = [{ port: "http" }];
    await node.apply(
      policy("server", { podSelector: app("server"), ingress: [{ from: [{ podSelector: app("client") }], ports }] }),
    );
    await assert.rejects(node.shell("client", opens(server, 8080, 1)), "what may be received may not yet be sent");
    const dns = {
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
          podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
        },
      ],
      ports: [{ protocol: "UDP", port: 53 }],
    };
    await node.apply(
      policy("client", {
        podSelector: app("client"),
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: app("server") }], ports }, dns],
      }),
    );
    await waitFor("the policy to be known", 20, () => node.shell("client", opens(server)).then(() => true));
    await node.shell("client", opens("server", 80));
    await assert.rejects(node.shell("server", opens(client, 8080, 1)));
    await assert.rejects(node.shell("probed", opens(server, 8080, 1)));
    await assert.rejects(fromHost(`http://${server}:8080/`));
  });

  it("see the host behind a node port as it is, by its address", async () => {
    const from = [{ ipBlock: { cidr: `${host}/32` } }];
    await node.apply(policy("host", { podSelector: app("server"), ingress: [{ from }] }));
    const answers = async (url: string) => (await fromHost(url)).status === 404;
    await waitFor("the host to get through", 20, () =>
      nodePort().then((port) => answers(`http://${address}:${port}/none`)),
    );
    assert.ok(await answers(`http://${server}:8080/none`));
    await assert.rejects(node.shell("probed", opens(server, 8080, 1)));
  });

  it("let a connection go on that they would not allow any more, and no new one begin", async () => {
    // It asks only when it is told to, which is when nobody new may connect any more.
    const line = `(until [ -e /data/go ]; do sleep 1; done; echo 'GET /none HTTP/1.0'; echo) | nc ${client} 8080`;
    const connected = `grep -c ':1F90 01' /proc/net/tcp`;
    await node.apply(
      policy("reverse", { podSelector: app("client"), ingress: [{ from: [{ podSelector: app("probed") }] }] }),
      policy("probed", { podSelector: app("probed"), egress: [{}], policyTypes: ["Egress"] }),
    );
    await waitFor("the policies to be known", 20, () => node.shell("probed", opens(client)).then(() => true));
    const going = node.shell("probed", line);
    await waitFor("the connection", 20, () => node.shell("probed", connected).then(() => true));
    await node.kubectl(["delete", "networkpolicy", "reverse"]);
    await denied(() => node.shell("probed", opens(client, 8080, 1)), "the deletion to be known");
    await node.shell("probed", "touch /data/go");
    assert.match(await going, /404/);
  });

  it("know a pod before its first packet, for better or worse", async () => {
    const names = [...Array(6).keys()].map((n) => `d${n}`);
    const role = (name: string) => (Number(name.slice(1)) % 2 ? "stranger" : "client");
    // Whom it lets in is not asked here: only the new pod's own policies close its way.
    const open = await node.addressOf("probed");
    await node.apply(
      policy("open", { podSelector: app("probed"), ingress: [{}] }),
      policy("out", {
        podSelector: app("client"),
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: app("probed") }] }],
      }),
    );
    await waitFor("the policies to be known", 20, () => node.shell("client", opens(open)).then(() => true));
    await node.apply(...names.map((name) => dialler(name, role(name), open)));
    const phases = () =>
      node.kubectl(["get", "pods", ...names, "-o", "jsonpath={range .items[*]}{.status.phase} {end}"]);
    const expected = names.map((name) => (role(name) === "client" ? "Succeeded" : "Failed")).join(" ");
    await waitFor("all to have ended", 60, async () => !/Pending|Running/.test(await phases()));
    assert.equal(await phases(), expected);
  });

  const clusterIp = (service: string) => node.kubectl(["get", "service", service, "-o", "jsonpath={.spec.clusterIP}"]);
});
