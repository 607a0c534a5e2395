// The External Secrets Operator as its own main package starts it, and its version, which that one can't be asked for.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/external-secrets/external-secrets/cmd/controller"
)

const module = "github.com/external-secrets/external-secrets"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("external-secrets", moduleVersion())
		return
	}
	controller.Execute()
}

// moduleVersion is the version of the operator's module that was compiled.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}
