import { version } from "@pulumi/random/package.json";
import { GeneratedProvider } from "../generated/provider";
import { serve } from "../protocol/index";
import { randomTypes } from "./types";

void serve(new GeneratedProvider({ name: "random", version }, randomTypes), { version });
