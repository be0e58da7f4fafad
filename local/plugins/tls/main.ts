import { version } from "@pulumi/tls/package.json";
import { GeneratedProvider } from "../generated/provider";
import { serve } from "../protocol/index";
import { tlsTypes } from "./types";

void serve(new GeneratedProvider({ name: "tls", version }, tlsTypes), { version });
