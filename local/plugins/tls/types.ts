import type { GeneratedType } from "../generated/resourceType";
import { certRequest, locallySignedCert, selfSignedCert } from "./certificates";
import { privateKey } from "./privateKey";

/** The resource types of `@pulumi/tls`, all of them. */
export const tlsTypes: Readonly<Record<string, GeneratedType>> = {
  "tls:index/certRequest:CertRequest": certRequest,
  "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
  "tls:index/privateKey:PrivateKey": privateKey,
  "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
};
