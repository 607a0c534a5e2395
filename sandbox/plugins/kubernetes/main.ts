import { serve } from "../frame/serve.ts";
import { KubernetesProvider } from "./provider.ts";

await serve(new KubernetesProvider());
