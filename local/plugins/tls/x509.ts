import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { extendedUsages, keyUsages } from "./usages";

/** Whom a certificate is about. */
export interface Subject {
  readonly name: x509.Name;
  readonly alternativeNames: readonly x509.GeneralName[];
  readonly publicKey: x509.SubjectPublicKeyInfo;
}

/** What a certificate is good for, and how long. */
export interface Grant {
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly allowedUses: readonly string[];
  readonly isAuthority: boolean;
  /** How many authorities may follow below this one; undefined: any number. */
  readonly maxPathLength: number | undefined;
  readonly setSubjectKeyId: boolean;
}

/** Who signs a certificate. */
export interface Issuer {
  readonly name: x509.Name;
  readonly key: KeyObject;
  /** To be named in the certificate, if at all. */
  readonly keyId: Buffer | undefined;
}

export interface IssuedCertificate {
  readonly serialNumber: bigint;
  readonly pem: string;
}

export function issueCertificate(subject: Subject, grant: Grant, issuer: Issuer): IssuedCertificate {
  const serialNumber = randomSerialNumber();
  const signature = signatureAlgorithm(issuer.key);
  const tbsCertificate = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: arrayBuffer(serialNumber),
    signature: signature.identifier,
    issuer: issuer.name,
    validity: new x509.Validity({ notBefore: grant.notBefore, notAfter: grant.notAfter }),
    subject: subject.name,
    subjectPublicKeyInfo: subject.publicKey,
    extensions: new x509.Extensions(extensions(subject, grant, issuer)),
  });
  const certificate = new x509.Certificate({
    tbsCertificate,
    signatureAlgorithm: signature.identifier,
    signatureValue: signed(AsnConvert.serialize(tbsCertificate), issuer.key, signature.digest),
  });
  return {
    serialNumber: BigInt(`0x${serialNumber.toString("hex")}`),
    pem: encodePem("CERTIFICATE", AsnConvert.serialize(certificate)),
  };
}

export function requestCertificate(subject: Subject, key: KeyObject): Buffer {
  const signature = signatureAlgorithm(key);
  const wanted = new x509.Extensions(alternativeNames(subject));
  const certificationRequestInfo = new CertificationRequestInfo({
    subject: subject.name,
    subjectPKInfo: subject.publicKey,
    attributes: new Attributes(
      wanted.length > 0 ? [new x509.Attribute({ type: extensionRequest, values: [AsnConvert.serialize(wanted)] })] : [],
    ),
  });
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: signature.identifier,
    signature: signed(AsnConvert.serialize(certificationRequestInfo), key, signature.digest),
  });
  return Buffer.from(AsnConvert.serialize(request));
}

/** @throws Error if it is none. */
export function parseRequest(pem: string): Subject {
  const request = AsnConvert.parse(decodePem("CERTIFICATE REQUEST", pem), CertificationRequest);
  const { subject, subjectPKInfo, attributes } = request.certificationRequestInfo;
  const wanted = [...(attributes ?? [])]
    .filter(({ type }) => type === extensionRequest)
    .flatMap(({ values }) => values.flatMap((value) => [...AsnConvert.parse(value, x509.Extensions)]));
  const names = wanted
    .filter(({ extnID }) => extnID === x509.id_ce_subjectAltName)
    .flatMap(({ extnValue }) => [...AsnConvert.parse(extnValue.buffer, x509.SubjectAlternativeName)]);
  return { name: subject, publicKey: subjectPKInfo, alternativeNames: names };
}

/** The name and the key id of an authority. @throws Error if it is no certificate. */
export function parseAuthority(pem: string): Omit<Issuer, "key"> {
  const { tbsCertificate } = AsnConvert.parse(decodePem("CERTIFICATE", pem), x509.Certificate);
  const keyId = tbsCertificate.extensions?.find(({ extnID }) => extnID === x509.id_ce_subjectKeyIdentifier);
  return {
    name: tbsCertificate.subject,
    keyId: keyId && Buffer.from(AsnConvert.parse(keyId.extnValue.buffer, x509.SubjectKeyIdentifier).buffer),
  };
}

export function publicKeyInfo(key: KeyObject): x509.SubjectPublicKeyInfo {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  return AsnConvert.parse(der, x509.SubjectPublicKeyInfo);
}

/** The SHA-1 of the public key, which is how the official provider names keys; of Ed25519 keys it hashes them as an OCTET STRING. */
export function subjectKeyId({ algorithm, subjectPublicKey }: x509.SubjectPublicKeyInfo): Buffer {
  const bits = Buffer.from(subjectPublicKey);
  const hashed = algorithm.algorithm === ed25519 ? Buffer.concat([Buffer.from([0x04, bits.length]), bits]) : bits;
  return createHash("sha1").update(hashed).digest();
}

export function encodePem(label: string, der: ArrayBuffer | Buffer): string {
  const lines =
    Buffer.from(der as ArrayBuffer)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function decodePem(label: string, pem: string): Buffer {
  const body = new RegExp(`-----BEGIN ${label}-----([^-]+)-----END ${label}-----`).exec(pem)?.[1];
  if (!body) throw new Error(`there is no "BEGIN ${label}" in the PEM`);
  return Buffer.from(body, "base64");
}

/** https://www.rfc-editor.org/rfc/rfc2985#section-5.4.2 */
const extensionRequest = "1.2.840.113549.1.9.14";
const ed25519 = "1.3.101.112";

/** In the order that Go writes them. */
function extensions(subject: Subject, grant: Grant, { keyId }: Issuer): x509.Extension[] {
  const usage = grant.allowedUses.reduce((flags, use) => flags | (keyUsages[use] ?? 0), 0);
  const purposes = grant.allowedUses.flatMap((use) => extendedUsages[use] ?? []);
  const constraints = new x509.BasicConstraints({
    cA: grant.isAuthority,
    ...(grant.isAuthority && grant.maxPathLength !== undefined && { pathLenConstraint: grant.maxPathLength }),
  });
  return [
    ...(usage ? [extension(x509.id_ce_keyUsage, new x509.KeyUsage(usage), true)] : []),
    ...(purposes.length > 0 ? [extension(x509.id_ce_extKeyUsage, new x509.ExtendedKeyUsage(purposes))] : []),
    extension(x509.id_ce_basicConstraints, constraints, true),
    ...(grant.isAuthority || grant.setSubjectKeyId
      ? [extension(x509.id_ce_subjectKeyIdentifier, new x509.SubjectKeyIdentifier(subjectKeyId(subject.publicKey)))]
      : []),
    ...(keyId
      ? [
          extension(
            x509.id_ce_authorityKeyIdentifier,
            new x509.AuthorityKeyIdentifier({ keyIdentifier: new x509.KeyIdentifier(keyId) }),
          ),
        ]
      : []),
    ...alternativeNames(subject),
  ];
}

/** Critical if there is no other name, as RFC 5280 §4.2.1.6 wants it. */
function alternativeNames({ alternativeNames: names, name }: Subject): x509.Extension[] {
  if (names.length === 0) return [];
  return [extension(x509.id_ce_subjectAltName, new x509.SubjectAlternativeName([...names]), name.length === 0)];
}

function extension(extnID: string, value: object, critical = false): x509.Extension {
  return new x509.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** 16 bytes that read as a positive number without leading zeros. */
function randomSerialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes;
}

interface SignatureAlgorithm {
  readonly identifier: x509.AlgorithmIdentifier;
  readonly digest: string | null;
}

/** The digest is as strong as the key, as Go chooses it. */
function signatureAlgorithm(key: KeyObject): SignatureAlgorithm {
  if (key.asymmetricKeyType === "rsa") {
    const identifier = new x509.AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.11", parameters: null });
    return { identifier, digest: "sha256" };
  }
  if (key.asymmetricKeyType === "ed25519") {
    return { identifier: new x509.AlgorithmIdentifier({ algorithm: ed25519 }), digest: null };
  }
  const [algorithm, digest] = (
    {
      secp384r1: ["1.2.840.10045.4.3.3", "sha384"],
      secp521r1: ["1.2.840.10045.4.3.4", "sha512"],
    } as const
  )[key.asymmetricKeyDetails?.namedCurve as string] ?? ["1.2.840.10045.4.3.2", "sha256"];
  return { identifier: new x509.AlgorithmIdentifier({ algorithm }), digest };
}

function signed(data: ArrayBuffer, key: KeyObject, digest: string | null): ArrayBuffer {
  return arrayBuffer(sign(digest, Buffer.from(data), key));
}

const arrayBuffer = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;
