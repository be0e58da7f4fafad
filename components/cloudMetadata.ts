import { BlockList, isIPv4 } from "node:net";

/**
 * Where clouds tell a machine, or a pod, its secrets: link-local addresses (169.254.169.254 of most, 169.254.170.2 and .23 of AWS,
 * fe80::a9fe:a9fe of OpenStack and Akamai), and those that some have elsewhere.
 */
export const cloudMetadata = {
  v4: [
    "169.254.0.0/16",
    // Alibaba: https://docs.cloud-init.io/en/latest/reference/datasources/aliyun.html
    "100.100.100.200/32",
    // Volcengine: https://docs.byteplus.com/en/docs/ecs/Viewing-instance-metadata
    "100.96.0.96/32",
    // Azure: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    "168.63.129.16/32",
    // Oracle's Classic, as others' lists have it.
    "192.0.0.192/32",
  ],
  v6: [
    "fe80::/10",
    // AWS, for its services on a machine: metadata at ::254, credentials of pods at ::23
    // (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html), and names and time.
    "fd00:ec2::/32",
    // Google: https://cloud.google.com/compute/docs/metadata/querying-metadata
    "fd20:ce::254/128",
    // Oracle: oci/auth/signers/instance_principals_security_token_signer.py of its Python SDK.
    "fd00:c1::a9fe:a9fe/128",
    // Scaleway, Akamai (Linode), Alibaba: their data sources in cloud-init (https://docs.cloud-init.io/en/latest/reference/datasources).
    "fd00:42::42/128",
    "fd00:a9fe:a9fe::1/128",
    "fd00:100::100:200/128",
  ],
} as const;

/** Whether a range of addresses has one of a cloud's metadata service in it. */
export function hasCloudMetadata(range: string): boolean {
  return [...cloudMetadata.v4, ...cloudMetadata.v6].some((each) => contains(range, each) || contains(each, range));
}

/** Whether a range has the first address of another, as one that is within it does. */
function contains(range: string, other: string): boolean {
  const [[network, bits], [address]] = [range.split("/"), other.split("/")];
  const [family, otherFamily] = [network, address].map((ip) => (isIPv4(ip) ? "ipv4" : "ipv6"));
  const addresses = new BlockList();
  addresses.addSubnet(network, Number(bits), family as "ipv4" | "ipv6");
  return family === otherFamily && addresses.check(address, otherFamily as "ipv4" | "ipv6");
}
