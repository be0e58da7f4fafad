import { version } from "@pulumi/kubernetes/package.json";
import { serve } from "../protocol";
import { KubernetesProvider } from "./provider";

void serve(new KubernetesProvider(), { version });
