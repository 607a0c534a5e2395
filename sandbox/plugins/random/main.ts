import { serve } from "../frame/serve.ts";
import { RANDOM } from "./provider.ts";

await serve(RANDOM);
