import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { engineFromArguments, listen } from "../protocol/listen";
import { languageHandlers } from "./host";

const engine = engineFromArguments();
void listen(LanguageRuntimeService, languageHandlers(engine?.address ?? "", version));
