import { valuesOf } from "../environment";
import { serviceJsons } from "../files";
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
    for (const value of valuesOf(resource, "CLUSTER_CRDT_TRUSTEDPEERS")) {
      const peers = value.text?.split(",") ?? [];
      if (peers.some((peer) => peer.trim() === "*")) report(value, "trusts everyone");
    }
  },
};
