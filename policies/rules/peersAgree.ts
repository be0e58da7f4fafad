import type { Field } from "../field";
import { files, serviceJsons } from "../files";
import { isKubernetes, mainContainers, place, replicas } from "../pods";
import { clusterPorts, kuboPorts } from "../ports";
import type { Report, Resource, Rule } from "../rule";

/** What every peer needs one of. */
export const peersAgree: Rule = {
  name: "peers-agree",
  what: "There are as many kubo peers as cluster peers, and each has its volume and its identity.",
  why: "A peer without its own kubo pins nothing, one without a volume of the stack's loses its data unprotected, one without an identity does not start.",
  fix: "change ipfs-cluster:replicas, which changes all of them together, and keep data in the volumes of claims",
  checkStack(resources, report) {
    const sets = resources.filter((resource) => isKubernetes(resource, "StatefulSet") && !resource.isPatch);
    for (const set of sets) {
      checkClaims(set, resources, report);
      checkMounts(set, report);
    }
    const clusters = sets.filter((set) => has(set, clusterPorts.swarm.number));
    const kubos = sets.filter((set) => has(set, kuboPorts.rpc.number));
    for (const cluster of clusters) {
      checkIdentities(cluster, resources, report);
      for (const kubo of kubos.filter((set) => place(set).namespace === place(cluster).namespace)) {
        const [ours, theirs] = [replicas(cluster), replicas(kubo)];
        if (ours === undefined || theirs === undefined || ours === theirs) continue;
        const counts = `${ours} cluster peers, and ${theirs} kubo peers in ${kubo.fields.owner.title}`;
        report(cluster.fields.at("spec", "replicas"), counts);
      }
    }
  },
};

/** Whether the pods of a StatefulSet open a port. */
const has = (set: Resource, port: number) => mainContainers(set).some((container) => opens(container, port));

const opens = (container: Field, port: number) =>
  container.at("ports").items.some((entry) => entry.at("containerPort").is(port));

/** Ports that only programs with data to keep open. */
const storing = [kuboPorts.rpc, kuboPorts.swarm, clusterPorts.swarm];

/** What a program writes outlives its pod only in a volume of its own. */
function checkMounts(set: Resource, report: Report): void {
  const templates = set.fields.at("spec", "volumeClaimTemplates").items.map((template) => template.at("metadata"));
  const volumes = set.fields.at("spec", "template", "spec", "volumes").items;
  const kept = [...templates, ...volumes.filter((volume) => !volume.at("persistentVolumeClaim").missing)];
  const names = new Set(kept.map((volume) => volume.at("name").text));
  for (const container of mainContainers(set)) {
    const mounts = container.at("volumeMounts");
    if (!storing.some(({ number }) => opens(container, number)) || !mounts.isKnown) continue;
    if (!mounts.items.some((mount) => names.has(mount.at("name").text))) {
      report(mounts, "has no volume that outlives the pod: none of a claim's");
    }
  }
}

function checkClaims(set: Resource, resources: readonly Resource[], report: Report): void {
  const { namespace, name } = place(set);
  const claims = new Set(
    resources
      .filter((each) => isKubernetes(each, "PersistentVolumeClaim") && place(each).namespace === namespace)
      .map((each) => place(each).name),
  );
  for (const template of set.fields.at("spec", "volumeClaimTemplates").items) {
    const wanted = ordinals(replicas(set) ?? 0).map(
      (ordinal) => `${template.at("metadata", "name").text}-${name}-${ordinal}`,
    );
    const missing = wanted.filter((claim) => !claims.has(claim));
    if (missing.length > 0) report(template, `the stack has no PersistentVolumeClaim ${missing.join(", ")}`);
  }
}

function checkIdentities(cluster: Resource, resources: readonly Resource[], report: Report): void {
  const around = resources.filter((each) => place(each).namespace === place(cluster).namespace);
  const secrets = around.filter((each) => isKubernetes(each, "Secret"));
  const count = replicas(cluster) ?? 0;
  const identities = secrets
    .flatMap((secret) => files(secret).map(([name]) => name))
    .filter((name) => /^cluster-\d+$/.test(name));
  const missing = ordinals(count).filter((ordinal) => !identities.includes(`cluster-${ordinal}`));
  if (identities.length > 0 && missing.length > 0) {
    report(cluster.fields.at("spec", "replicas"), `${count} peers, and no identity of peer ${missing.join(", ")}`);
  }
  for (const config of around.flatMap((resource) => serviceJsons(resource))) {
    const peers = config.at("consensus", "crdt", "trusted_peers");
    if (!peers.missing && peers.isKnown && peers.items.length < count) {
      report(peers, `${peers.items.length} peers are trusted, and ${count} run`);
    }
  }
}

const ordinals = (count: number) => Array.from({ length: count }, (_, ordinal) => ordinal);
