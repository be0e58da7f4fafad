import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import type { GeneratedType, GeneratedValues, InputProperty } from "../generated/resourceType";
import type { PropertyMap } from "../protocol/index";
import { parsePrivateKey } from "./privateKey";
import { alternativeNames, distinguishedName, strings, subjectFaults } from "./subject";
import { extendedUsages, keyUsages } from "./usages";
import {
  encodePem,
  type Grant,
  type Issuer,
  issueCertificate,
  parseAuthority,
  parseRequest,
  publicKeyInfo,
  requestCertificate,
  type Subject,
  subjectKeyId,
} from "./x509";

const pem: InputProperty = { type: "string", required: true };
const secretPem: InputProperty = { ...pem, secret: true };
const list: InputProperty = { type: "strings" };
const flag: InputProperty = { type: "boolean", default: false };

const subjectInputs = {
  dnsNames: list,
  ipAddresses: list,
  privateKeyPem: secretPem,
  subject: { type: "map" },
  uris: list,
} satisfies GeneratedType["inputs"];

const grantInputs = {
  allowedUses: { type: "strings", required: true, oneOf: [...Object.keys(keyUsages), ...Object.keys(extendedUsages)] },
  earlyRenewalHours: { type: "integer", default: 0, min: 0, inPlace: true },
  isCaCertificate: flag,
  maxPathLength: { type: "integer", min: -1, sticky: true },
  setSubjectKeyId: flag,
  validityPeriodHours: { type: "integer", required: true, min: 0 },
} satisfies GeneratedType["inputs"];

const certificateOutputs = { certPem: {}, readyForRenewal: {}, validityEndTime: {}, validityStartTime: {} };

const millisecondsPerHour = 3_600_000;

/** A certificate that vouches for itself. */
export const selfSignedCert: GeneratedType = {
  inputs: { ...subjectInputs, ...grantInputs, setAuthorityKeyId: flag },
  outputs: { ...certificateOutputs, keyAlgorithm: {} },
  validate(plan) {
    const faults = subjectFaults(plan);
    if (!plan.isCaCertificate || distinguishedName(plan.subject).length > 0) return faults;
    return [...faults, { property: "subject", reason: "an authority (isCaCertificate) must have a name" }];
  },
  generate(plan) {
    const { key, algorithm } = parsePrivateKey(String(plan.privateKeyPem));
    const subject = subjectOf(plan, key);
    const grant = grantOf(plan);
    const named = grant.isAuthority || grant.setSubjectKeyId;
    if (plan.setAuthorityKeyId && !named) {
      throw new Error("setAuthorityKeyId needs setSubjectKeyId or isCaCertificate: there is no key id to refer to");
    }
    const keyId = plan.setAuthorityKeyId ? subjectKeyId(subject.publicKey) : undefined;
    return certificate(plan, subject, grant, { name: subject.name, key, keyId }, { keyAlgorithm: algorithm });
  },
  expired,
};

/** A certificate for a request, signed by an authority whose key is at hand. */
export const locallySignedCert: GeneratedType = {
  inputs: { ...grantInputs, caCertPem: pem, caPrivateKeyPem: secretPem, certRequestPem: pem },
  outputs: { ...certificateOutputs, caKeyAlgorithm: {} },
  generate(plan, call) {
    const { key, algorithm } = parsePrivateKey(String(plan.caPrivateKeyPem));
    const caPem = String(plan.caCertPem);
    const authority = parseAuthority(caPem);
    const ca = new X509Certificate(caPem);
    if (!ca.checkPrivateKey(key)) throw new Error("caPrivateKeyPem is not the key of caCertPem");
    if (!ca.ca) call.log("warning", "caCertPem is not an authority's, so the new certificate may not be accepted");
    const subject = parseRequest(String(plan.certRequestPem));
    return certificate(plan, subject, grantOf(plan), { ...authority, key }, { caKeyAlgorithm: algorithm });
  },
  expired,
};

/** A request for a certificate, to be sent to an authority. */
export const certRequest: GeneratedType = {
  inputs: subjectInputs,
  outputs: { certRequestPem: {}, keyAlgorithm: {} },
  validate: subjectFaults,
  generate(plan) {
    const { key, algorithm } = parsePrivateKey(String(plan.privateKeyPem));
    const der = requestCertificate(subjectOf(plan, key), key);
    return {
      id: createHash("sha1").update(der).digest("hex"),
      outputs: { certRequestPem: encodePem("CERTIFICATE REQUEST", der), keyAlgorithm: algorithm },
    };
  },
};

function subjectOf(plan: PropertyMap, key: KeyObject): Subject {
  return {
    name: distinguishedName(plan.subject),
    alternativeNames: alternativeNames(plan),
    publicKey: publicKeyInfo(key),
  };
}

function grantOf(plan: PropertyMap): Grant {
  const now = Math.floor(Date.now() / 1000) * 1000; // certificates count in seconds
  const maxPathLength = Number(plan.maxPathLength ?? -1);
  return {
    notBefore: new Date(now),
    notAfter: new Date(now + Number(plan.validityPeriodHours) * millisecondsPerHour),
    allowedUses: strings(plan.allowedUses),
    isAuthority: plan.isCaCertificate === true,
    maxPathLength: maxPathLength >= 0 ? maxPathLength : undefined,
    setSubjectKeyId: plan.setSubjectKeyId === true,
  };
}

function certificate(
  plan: PropertyMap,
  subject: Subject,
  grant: Grant,
  issuer: Issuer,
  algorithm: PropertyMap,
): GeneratedValues {
  const issued = issueCertificate(subject, grant, issuer);
  return {
    id: String(issued.serialNumber),
    outputs: {
      ...algorithm,
      certPem: issued.pem,
      readyForRenewal: Number(plan.earlyRenewalHours) >= Number(plan.validityPeriodHours),
      validityStartTime: grant.notBefore.toISOString(),
      validityEndTime: grant.notAfter.toISOString(),
    },
  };
}

/** Within `earlyRenewalHours` of its end, a certificate is replaced. */
function expired({ validityEndTime, earlyRenewalHours }: PropertyMap): boolean {
  return Date.now() >= Date.parse(String(validityEndTime)) - Number(earlyRenewalHours ?? 0) * millisecondsPerHour;
}
