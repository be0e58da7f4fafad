import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../run";
import { apiServerService, type NodeLayout } from "./layout";

/** Where the node sees its certificates. */
export const pkiDirectory = "/var/lib/pki";

/** Who provisions volumes, gives load balancers their addresses, and enforces NetworkPolicies; the others are known to Kubernetes. */
export const storageUser = "storage";
export const addressesUser = "addresses";
export const networkPoliciesUser = "network-policies";

interface Certificate {
  readonly subject: string;
  /** Names and addresses, in OpenSSL's notation. */
  readonly names: readonly string[];
}

/** Who is who in a node; the subjects are those that Kubernetes' own roles are bound to. */
function certificates(layout: NodeLayout) {
  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  return {
    apiserver: {
      subject: "/CN=kube-apiserver",
      names: [
        ...service.map((host) => `DNS:${host}`),
        "DNS:localhost",
        ...[apiServerService, layout.address, "127.0.0.1"].map((ip) => `IP:${ip}`),
      ],
    },
    "apiserver-kubelet-client": { subject: "/O=system:masters/CN=kube-apiserver-kubelet-client", names: [] },
    admin: { subject: "/O=system:masters/CN=admin", names: [] },
    "controller-manager": { subject: "/CN=system:kube-controller-manager", names: [] },
    scheduler: { subject: "/CN=system:kube-scheduler", names: [] },
    proxy: { subject: "/CN=system:kube-proxy", names: [] },
    storage: { subject: `/CN=${storageUser}`, names: [] },
    addresses: { subject: `/CN=${addressesUser}`, names: [] },
    "network-policies": { subject: `/CN=${networkPoliciesUser}`, names: [] },
    ...kubeletCertificate(layout),
  } satisfies Record<string, Certificate>;
}

/** What a further worker has of its own. */
function kubeletCertificate({ name, address }: NodeLayout) {
  return {
    kubelet: { subject: `/O=system:nodes/CN=system:node:${name}`, names: [`DNS:${name}`, `IP:${address}`] },
  } satisfies Record<string, Certificate>;
}

/** A client or server of the node that has a certificate. */
export type Identity = keyof ReturnType<typeof certificates>;

/**
 * Issues the node's certificates: the authority and the key that signs service account tokens once, all others anew each time, as the
 * node's address may have changed. They are good for a year.
 */
export async function issueCertificates(layout: NodeLayout): Promise<void> {
  const directory = hostDirectory(layout);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (layout.controlPlane) {
    await copyFile(authorityFile(layout), join(directory, "ca.crt"));
    return issueAll(layout, kubeletCertificate(layout));
  }
  if (!existsSync(join(directory, "ca.crt"))) {
    const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    await issue(directory, "ca", ["-subj", `/CN=${layout.name}`, "-days", "3650", ...usage]);
  }
  if (!existsSync(join(directory, "service-accounts.key"))) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ format: "pem", type: "sec1" });
    await writeFile(join(directory, "service-accounts.key"), pem, { mode: 0o600 });
  }
  await issueAll(layout, certificates(layout));
}

/** Issues certificates by the authority of the node's cluster. */
async function issueAll(layout: NodeLayout, certificates: Readonly<Record<string, Certificate>>): Promise<void> {
  const authorityDirectory = hostDirectory(layout.controlPlane ?? layout);
  await Promise.all(
    Object.entries(certificates).map(([name, { subject, names }]) => {
      const extensions = [
        "basicConstraints=critical,CA:FALSE",
        "extendedKeyUsage=clientAuth,serverAuth",
        ...(names.length > 0 ? [`subjectAltName=${names.join(",")}`] : []),
      ].flatMap((extension) => ["-addext", extension]);
      const authority = ["-CA", join(authorityDirectory, "ca.crt"), "-CAkey", join(authorityDirectory, "ca.key")];
      return issue(hostDirectory(layout), name, ["-subj", subject, "-days", "365", ...authority, ...extensions]);
    }),
  );
}

/** A kubeconfig with everything in it; its context and cluster are called like the node that has the control plane. */
export async function kubeconfig(layout: NodeLayout, identity: Identity): Promise<string> {
  const controlPlane = layout.controlPlane ?? layout;
  const directory = hostDirectory(identity === "kubelet" ? layout : controlPlane);
  const data = async (file: string) => (await readFile(join(directory, file))).toString("base64");
  const { name } = controlPlane;
  const cluster = { server: apiServerUrl(layout), "certificate-authority-data": await data("ca.crt") };
  const user = {
    "client-certificate-data": await data(`${identity}.crt`),
    "client-key-data": await data(`${identity}.key`),
  };
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster }],
      users: [{ name: identity, user }],
      contexts: [{ name, context: { cluster: name, user: identity } }],
      "current-context": name,
    },
    null,
    2,
  );
}

/** Where clients reach the API server of the node's cluster. */
export function apiServerUrl(layout: NodeLayout): string {
  const { address } = layout.controlPlane ?? layout;
  return `https://${address}:6443`;
}

/** The certificate of the authority of the node's cluster, as the host sees it. */
export function authorityFile(layout: NodeLayout): string {
  return join(hostDirectory(layout.controlPlane ?? layout), "ca.crt");
}

function hostDirectory({ directory }: NodeLayout): string {
  return join(directory, "lib", pkiDirectory.slice("/var/lib".length));
}

function issue(directory: string, name: string, args: readonly string[]): Promise<string> {
  const key = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    join(directory, `${name}.key`),
  ];
  return run("openssl", ["req", "-x509", ...key, "-out", join(directory, `${name}.crt`), ...args]);
}
