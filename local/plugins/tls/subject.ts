import { isIP } from "node:net";
import {
  AttributeTypeAndValue,
  AttributeValue,
  GeneralName,
  Name,
  RelativeDistinguishedName,
} from "@peculiar/asn1-x509";
import type { CheckFailure, PropertyMap, PropertyValue } from "../protocol/index";

/** The parts of a distinguished name by the names of the tls package, in the order that Go writes them. */
const nameParts: Readonly<Record<string, string>> = {
  country: "2.5.4.6",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  locality: "2.5.4.7",
  province: "2.5.4.8",
  streetAddresses: "2.5.4.9",
  postalCode: "2.5.4.17",
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  emailAddress: "1.2.840.113549.1.9.1",
};

export function distinguishedName(subject: PropertyValue | undefined): Name {
  const given = (subject ?? {}) as PropertyMap;
  const parts = Object.entries(nameParts).flatMap(([part, type]) => {
    const values = [given[part] ?? []].flat().map((value) => attribute(part, type, String(value)));
    return values.length > 0 ? [new RelativeDistinguishedName(values)] : [];
  });
  return new Name(parts);
}

const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

function attribute(part: string, type: string, text: string): AttributeTypeAndValue {
  if (part === "emailAddress")
    return new AttributeTypeAndValue({ type, value: new AttributeValue({ ia5String: text }) });
  const value = printable.test(text) ? { printableString: text } : { utf8String: text };
  return new AttributeTypeAndValue({ type, value: new AttributeValue(value) });
}

export function alternativeNames({ dnsNames, ipAddresses, uris }: PropertyMap): GeneralName[] {
  return [
    ...strings(dnsNames).map((dNSName) => new GeneralName({ dNSName })),
    ...strings(ipAddresses).map((iPAddress) => new GeneralName({ iPAddress })),
    ...strings(uris).map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ];
}

export const strings = (value: PropertyValue | undefined) => (value ?? []) as string[];

/** What is wrong with the inputs that describe a subject. */
export function subjectFaults({ subject, ipAddresses, uris }: PropertyMap): CheckFailure[] {
  const unknownParts = Object.keys((subject ?? {}) as PropertyMap).filter((part) => !(part in nameParts));
  const parts = Object.keys(nameParts).join(", ");
  return [
    ...unknownParts.map((part) => ({ property: `subject.${part}`, reason: `no such property; there are ${parts}` })),
    ...strings(ipAddresses)
      .filter((address) => !isIP(address))
      .map((address) => ({ property: "ipAddresses", reason: `"${address}" is not an IP address` })),
    ...strings(uris)
      .filter((uri) => !URL.canParse(uri))
      .map((uri) => ({ property: "uris", reason: `"${uri}" is not a URI` })),
  ];
}
