import { cloudMetadata } from "../cloudMetadata";

/** Address ranges that flows speak of. */

interface Ranges {
  readonly ranges: readonly string[];
  readonly except?: readonly string[];
}

export const anywhere = ["0.0.0.0/0", "::/0"] as const;

/** Where NodeLocal DNSCache listens on every node. */
export const nodeLocalDns = "169.254.20.10/32";

/** Google's proxies and health checks (https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges). */
export const gceProxies = ["35.191.0.0/16", "130.211.0.0/22", "2600:2d00:1:b029::/64", "2600:2d00:1:1::/64"] as const;

/** Addresses that the internet does not route (https://www.iana.org/assignments/iana-ipv4-special-registry), metadata among them. */
const privateRanges = {
  v4: [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    // Reserved, and taken for pods and machines by some.
    "240.0.0.0/4",
  ],
  v6: ["::1/128", "fc00::/7", "fe80::/10"],
} as const;

/** Everything on the internet; `open`: in private networks too, but never where secrets of a machine are told. */
export function publicInternet(privateNetworks: "closed" | "open"): Ranges[] {
  const except = privateNetworks === "closed" ? privateRanges : cloudMetadata;
  return [
    { ranges: ["0.0.0.0/0"], except: except.v4 },
    { ranges: ["::/0"], except: except.v6 },
  ];
}
