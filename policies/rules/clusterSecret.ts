import { valuesOf } from "../environment";
import type { Field } from "../field";
import { files, serviceJsons } from "../files";
import type { Report, Rule } from "../rule";

/** What keeps strangers out of the network of the cluster peers. */
export const clusterSecret: Rule = {
  name: "cluster-secret-is-set",
  what: "Every ipfs-cluster peer has a cluster secret of 64 hex digits.",
  why: "Without one anybody who reaches port 9096 joins the peers' network and reads every pin.",
  fix: "let the program make it, or write 64 random hex digits: openssl rand -hex 32",
  check(resource, report) {
    for (const config of serviceJsons(resource)) {
      const secret = config.at("cluster", "secret");
      // The pod puts it in, from the file below, and checks its form.
      if (!config.at("cluster").missing && !secret.is("@cluster-secret@")) checkSecret(secret, report);
    }
    for (const [name, file] of files(resource)) {
      if (name === "cluster-secret") checkSecret(file, report);
    }
    for (const value of valuesOf(resource, "CLUSTER_SECRET")) checkSecret(value, report);
  },
};

function checkSecret(secret: Field, report: Report): void {
  const { text } = secret;
  if (secret.missing) report(secret, "is empty");
  else if (text !== undefined && !/^[0-9a-f]{64}$/i.test(text)) report(secret, "is not 64 hex digits");
  else if (text !== undefined && /^(.)\1*$/.test(text)) report(secret, "is one digit over and over");
}
