import { isIP } from "node:net";
import { z } from "zod";
import { parseDuration } from "./duration";
import { parseQuantity, quantityPattern, suggestQuantity } from "./quantity";

/** Forms of text that settings are made of, each with what to say to somebody who wrote another. */

export const quantity = z
  .string()
  .regex(quantityPattern, {
    abort: true,
    error: (issue) => {
      const suggestion = suggestQuantity(String(issue.input));
      return `must be a Kubernetes quantity${suggestion ? `: did you mean "${suggestion}"?` : ' such as "10Gi" or "500m"'}`;
    },
  })
  .refine((text) => parseQuantity(text) < 2 ** 63, "is more than Kubernetes can count");

export const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, "must be a DNS label: a-z, 0-9 and -, starting with a letter");

export const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, "must be a DNS name in lower case");

/** In seconds: Go counts nanoseconds, in 63 bits. */
const longest = 2562047 * 3600;

export const duration = z
  .string()
  .regex(/^(?=.*[1-9])(\d{1,6}(\.\d{1,6})?(ms|s|m|h)){1,4}$/, {
    abort: true,
    error: 'must be a Go duration such as "30s", "1m30s" or "12h"',
  })
  .refine((text) => parseDuration(text) <= longest, "is more than Go can count, 2562047h");

export const image = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:\d+)?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[a-f0-9]{64})?$/,
    'must be an image reference such as "docker.io/ipfs/kubo:v0.42.0" or one with "@sha256:<64 hex digits>"',
  );

const qualifiedName =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const longestQualifiedName = 253;

export const labelKey = z
  .string()
  .max(longestQualifiedName)
  .regex(qualifiedName, "must be a label key such as topology.kubernetes.io/zone");

/** A name that may have a domain before it, as those of load balancer classes. */
export const className = z
  .string()
  .max(longestQualifiedName)
  .regex(qualifiedName, "must be a name such as internal or service.k8s.aws/nlb");

export const labelValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/,
    'must be a label value: letters, digits, ".", "_" and "-", at most 63',
  );

const levels = ["debug", "info", "warn", "warning", "error", "dpanic", "panic", "fatal"];
const level = `(${[...levels, ...levels.map((each) => each.toUpperCase())].join("|")})`;

/** One level for a program, and others for parts of it: at a word that is none, the daemons log errors only, or end. */
function logLevel(sign: string, example: string) {
  const part = `[A-Za-z0-9_/.-]+${sign}${level}`;
  return z
    .string()
    .regex(
      new RegExp(`^(${part},)*(${level}|${part})(,${part})*$`),
      `must be one of ${levels.filter((each) => each !== "warning").join(", ")}, or such as "${example}"`,
    );
}

/** GOLOG_LOG_LEVEL, as kubo reads it. */
export const kuboLogLevel = logLevel("=", "error,bitswap=debug");

/** IPFS_CLUSTER_LOG_LEVEL. */
export const clusterLogLevel = logLevel(":", "error,cluster:debug");

export const annotations = z.record(labelKey, z.string());

/** Settings that others define. */
export const freeForm = z.record(z.string(), z.json());

/** A name that DNS can have: Kubernetes' own names may have longer labels. */
const domainName = dnsName.regex(/^[^.]{1,63}(\.[^.]{1,63})*$/, "must have at most 63 characters between its dots");

/** The DNS domain of a Kubernetes cluster, short enough for the names of Services before it. */
export const clusterDomain = domainName.max(150);

/** A DNS name that certificates and routes can be made for: at least two labels, no wildcard. */
export const hostName = domainName.max(180).regex(/\./, 'must be a full DNS name such as "gateway.example.org"');

/** Where something can be dialled: an IP address or a DNS name. */
export const address = z
  .string()
  .refine(
    (text) => ipVersion(text) !== 0 || (!/^[\d.]+$/.test(text) && domainName.safeParse(text).success),
    "must be an IP address or a DNS name",
  );

export const cidr = z.string().refine(isCidr, 'must be an address range such as "203.0.113.0/24" or "2001:db8::/32"');

function isCidr(text: string): boolean {
  const [ip, length, ...more] = text.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[ipVersion(ip)] ?? -1;
  return more.length === 0 && /^(0|[1-9]\d{0,2})$/.test(length ?? "") && Number(length) <= bits;
}

/** 4, 6, or 0 for what is no address; one of a single machine's network interface (`fe80::1%eth0`) means nothing to others. */
function ipVersion(text: string): number {
  return text.includes("%") ? 0 : isIP(text);
}

/** Text as programs can be given it: none has a NUL. */
export const argument = z.string().refine((text) => !text.includes("\0"), "must not have a NUL character");

const amounts = z
  .strictObject({
    cpu: quantity.optional().describe("cores, such as 500m or 2"),
    memory: quantity.optional().describe("bytes, such as 512Mi or 4Gi"),
    "ephemeral-storage": quantity.optional().describe("bytes of scratch space and logs"),
  })
  .optional();

export const resources = z.strictObject({ requests: amounts, limits: amounts }).optional();
