import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { listen } from "../frame/listen.ts";
import { complete } from "../frame/procedure.ts";
import { Children } from "./children.ts";
import { LanguageService } from "./service.ts";

const [version, ...engineArguments] = process.argv.slice(2);
if (version === undefined) {
  throw new Error("usage: pulumi-language-nodejs VERSION [ENGINE_ADDRESS], as its launcher starts it");
}
const children = new Children();
const service = new LanguageService(version, engineArguments.at(-1), children);
await listen(
  (server) => {
    const remedy = "use the official CLI, whose language host does, where it can be downloaded";
    const definition = services.LanguageRuntimeService;
    server.addService(definition, complete(definition, service.implementation, remedy));
  },
  () => {
    children.kill();
  },
);
