import { serviceJsons } from "../files";
import { variables } from "../pods";
import type { Rule } from "../rule";

/** Who the pinset is taken from. */
export const trustedPeers: Rule = {
  name: "no-trust-in-everyone",
  what: "`trusted_peers` of ipfs-cluster names peers, never `*`.",
  why: "A peer that trusts everyone lets each holder of the cluster secret change and delete the pinset.",
  fix: "name the ids of the stack's own peers, as this program does when it is left alone",
  check(resource, report) {
    for (const config of serviceJsons(resource)) {
      for (const peer of config.at("consensus", "crdt", "trusted_peers").items) {
        if (peer.is("*")) report(peer, "trusts everyone");
      }
    }
    for (const variable of variables(resource)) {
      if (!variable.at("name").is("CLUSTER_CRDT_TRUSTEDPEERS")) continue;
      const peers = variable.at("value").text?.split(",") ?? [];
      if (peers.some((peer) => peer.trim() === "*")) report(variable.at("value"), "trusts everyone");
    }
  },
};
