import { serve } from "../frame/serve.ts";
import { LinodeProvider } from "./provider.ts";

await serve(new LinodeProvider(process.env));
