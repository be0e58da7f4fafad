import { Metadata, type ServerErrorResponse, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { encodeMap } from "./propertyValue";
import { InitializationError } from "./provider";

/** What a thrown error looks like to the engine. */
export function statusOf(error: unknown): Partial<ServerErrorResponse> {
  if (error instanceof InitializationError) return initializationStatus(error);
  if (error instanceof UnimplementedError) return { code: status.UNIMPLEMENTED, details: error.message };
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** A method that the plugin does not have; the engine has a default of its own for some of them. */
export class UnimplementedError extends Error {
  constructor(method: string) {
    super(`${method} is not implemented`);
  }
}

/** gRPC carries structured errors as a `google.rpc.Status` in this trailer; its Node library leaves that to its users. */
const detailsTrailer = "grpc-status-details-bin";

function initializationStatus(error: InitializationError): Partial<ServerErrorResponse> {
  const failure = new ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(Struct.fromJavaScript(encodeMap(error.outputs)))
    .setReasonsList([...error.reasons]);
  if (error.inputs) failure.setInputs(Struct.fromJavaScript(encodeMap(error.inputs)));
  const detail = new Any();
  detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rich = new Status().setCode(status.UNKNOWN).setMessage(error.message).setDetailsList([detail]);
  const metadata = new Metadata();
  metadata.set(detailsTrailer, Buffer.from(rich.serializeBinary()));
  return { code: status.UNKNOWN, details: error.message, metadata };
}
