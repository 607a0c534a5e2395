import { serve } from "../frame/serve.ts";
import { VaultProvider } from "./provider.ts";

await serve(new VaultProvider(process.env));
