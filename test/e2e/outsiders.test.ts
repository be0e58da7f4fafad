import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import type { IdentityBundle } from "../../components/identity";
import { clusterImage, kuboImage } from "../../components/settings";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { addFiles, type Content, samePinset } from "./support/content";
import { settled, theStack } from "./support/shared";
import type { Stack } from "./support/stack";

const namespace = "outsiders";

describe("an outsider in the same Kubernetes cluster", () => {
  let stack: Stack;
  let peers: Peers;
  let bundle: IdentityBundle;
  let swarmAddress: string;

  before(async () => {
    stack = await theStack();
    peers = await stack.peers();
    bundle = JSON.parse(await stack.identity());
    await settled(stack);
    const { peers: infos } = await stack.outputs();
    swarmAddress = `/ip4/${await peers.address("ipfs-0")}/tcp/4001/p2p/${infos[0].ipfsId}`;
    await stack.shell(`kubectl create namespace ${namespace}`);
    await letIn();
  });
  after(async () => {
    await stack.kubectl("delete", "networkpolicy", namespace, "--ignore-not-found");
    await stack.shell(`kubectl delete namespace ${namespace} --ignore-not-found --wait=false`);
  });

  describe("with a kubo", () => {
    const connect = (pod: string) => run(pod, `ipfs swarm connect ${swarmAddress}`);

    it("that has no swarm key can't connect", async () => {
      await startKubo("keyless", "");
      await assert.rejects(connect("keyless"), /failure|failed to dial/);
    });

    it("that has another swarm key can't connect", async () => {
      await startKubo("stranger", "ab".repeat(32));
      await assert.rejects(connect("stranger"), /failure|failed to dial/);
    });

    it("connects once it has the stack's key, so the two above failed for want of it", async () => {
      await startKubo("member", bundle.swarmKey);
      assert.match(await connect("member"), /success/);
    });
  });

  describe("with an ipfs-cluster peer that holds the cluster secret but is not trusted", () => {
    const foreign = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    let content: Content;
    /** A pin of the stack. */
    let cid: string;
    const ctl = (command: string) => run("spy", `ipfs-cluster-ctl ${command}`);

    before(async () => {
      content = await addFiles(peers, 3);
      [cid] = content.files.keys();
      await startKubo("spy-kubo", bundle.swarmKey);
      await startClusterPeer("spy", await addressOf("spy-kubo"));
      await waitFor("the outsider to learn the pinset", 90, async () => (await ctl("pin ls")).includes(cid));
      await ctl(`pin add --no-status --replication 1 ${foreign} || true`);
      await ctl(`pin rm --no-status ${cid} || true`);
      await waitFor("the outsider to have done both for itself", 30, async () => {
        const own = await ctl("pin ls");
        return own.includes(foreign) && !own.includes(cid);
      });
      // For all to hear of it, if they did.
      await sleep(15_000);
    });

    it("can't add a pin", async () => {
      await samePinset(peers, await withoutChange(), 10);
      assert.ok(!(await peers.pinset(0)).has(foreign));
    });

    it("can't remove a pin", async () => {
      for (const peer of [0, 1, 2]) assert.ok((await peers.pinset(peer)).has(cid), `cluster-${peer} still has the pin`);
      assert.ok((await peers.pinnedOn(0, cid)) >= 2);
    });

    it("gets no pins of the stack", async () => {
      const spy = JSON.parse(await ctl("--enc=json id")).id as string;
      const fit = async () => (await ctl("--enc=json health metrics freespace")).includes(spy);
      await waitFor("the outsider to be as fit for pins as any", 60, fit);
      await waitFor("the stack to hear of it", 60, async () => (await peers.allocatable(0)).includes(spy));
      const added = await addFiles(peers, 6);
      for (const ids of added.pinset.values()) assert.ok(!ids.includes(spy));
    });

    const withoutChange = async () => {
      const now = await peers.pinset(0);
      for (const cid of content.pinset.keys()) assert.ok(now.has(cid), `${cid} is still pinned`);
      return now;
    };
  });

  /** The fence would keep all of this from happening; these tests are about what is behind it. */
  async function letIn(): Promise<void> {
    const from = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }];
    const ports = [4001, 9096].map((port) => ({ port, protocol: "TCP" }));
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: namespace, namespace: await stack.namespace() },
      spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from, ports }] },
    };
    await stack.apply(policy);
  }

  async function startKubo(name: string, swarmKey: string): Promise<void> {
    const key = swarmKey ? `printf '/key/swarm/psk/1.0.0/\\n/base16/\\n${swarmKey}\\n' > $IPFS_PATH/swarm.key;` : "";
    const config = [
      "ipfs config --json AutoConf.Enabled false",
      "ipfs config --json AutoTLS.Enabled false",
      "ipfs config --json Bootstrap []",
      "ipfs config --json DNS.Resolvers {}",
      "ipfs config --json Ipns.DelegatedPublishers []",
      'ipfs config --json Routing \'{"Type":"none","DelegatedRouters":[]}\'',
      "ipfs config Addresses.API /ip4/0.0.0.0/tcp/5001",
    ].join(" && ");
    await startPod(name, kuboImage, `ipfs init >/dev/null && ${key} ${config} && exec ipfs daemon`);
    await waitFor(`kubo ${name} to run`, 60, async () =>
      (await run(name, "ipfs swarm addrs local")).includes("/tcp/4001"),
    );
  }

  function addressOf(pod: string): Promise<string> {
    return stack.shell(`kubectl -n ${namespace} get pod ${pod} -o jsonpath='{.status.podIP}'`);
  }

  /** @param kubo the address of its own. */
  async function startClusterPeer(name: string, kubo: string): Promise<void> {
    const key = await generateKeyPair("Ed25519");
    const identity = {
      id: peerIdFromPrivateKey(key).toString(),
      private_key: Buffer.from(privateKeyToProtobuf(key)).toString("base64"),
    };
    const service = JSON.parse(
      await stack.kubectl("exec", "cluster-0", "--", "cat", "/data/ipfs-cluster/service.json"),
    );
    service.consensus.crdt.trusted_peers = ["*"];
    service.cluster.pin_only_on_trusted_peers = false;
    service.ipfs_connector.ipfshttp.node_multiaddress = `/ip4/${kubo}/tcp/5001`;
    service.api.restapi.basic_auth_credentials = null;
    delete service.api.pinsvcapi;
    const write = (file: string, content: unknown) => `echo '${JSON.stringify(content)}' > $IPFS_CLUSTER_PATH/${file}`;
    const command = `${write("service.json", service)} && ${write("identity.json", identity)} && exec ipfs-cluster-service daemon`;
    await startPod(name, clusterImage, command);
    await waitFor(`cluster peer ${name} to run`, 60, () => run(name, "ipfs-cluster-ctl version"));
  }

  async function startPod(name: string, image: string, command: string): Promise<void> {
    const env = ["IPFS_PATH=/tmp/ipfs", "IPFS_CLUSTER_PATH=/tmp", "HOME=/tmp"].map((pair) => `--env=${pair}`).join(" ");
    await stack.shell(
      `kubectl -n ${namespace} run ${name} --image=${image} --image-pull-policy=Never ${env} --command -- sh -c ${quote(command)}`,
    );
    await stack.shell(`kubectl -n ${namespace} wait pod/${name} --for=condition=Ready --timeout=60s`);
  }

  function run(pod: string, command: string): Promise<string> {
    return stack.shell(`kubectl -n ${namespace} exec ${pod} -- sh -c ${quote(command)}`);
  }
});

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
