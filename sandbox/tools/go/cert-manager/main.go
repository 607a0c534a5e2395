// One binary with the four cert-manager programs that its chart starts, chosen by the name it is called with.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	cainjector "github.com/cert-manager/cert-manager/cmd/cainjector/app"
	controller "github.com/cert-manager/cert-manager/cmd/controller/app"
	"github.com/cert-manager/cert-manager/cmd/ctl/pkg/check"
	"github.com/cert-manager/cert-manager/cmd/ctl/pkg/version"
	"github.com/cert-manager/cert-manager/cmd/util"
	webhook "github.com/cert-manager/cert-manager/cmd/webhook/app"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

func main() {
	stop, exit := util.SetupExitHandler(util.GracefulShutdown)
	defer exit()
	ctx := util.ContextWithStopCh(context.Background(), stop)

	var command *cobra.Command
	switch name := filepath.Base(os.Args[0]); name {
	case "controller":
		command = controller.NewCommandStartCertManagerController(stop)
	case "webhook":
		command = webhook.NewServerCommand(stop)
	case "cainjector":
		command = cainjector.NewCommandStartInjectorController(ctx, os.Stdout, os.Stderr)
	case "ctl":
		command = newCtl(ctx)
	default:
		fmt.Fprintf(os.Stderr, "no cert-manager program is named %q\n", name)
		os.Exit(2)
	}

	logf.InitLogs(flag.CommandLine)
	defer logf.FlushLogs()
	command.Flags().AddGoFlagSet(flag.CommandLine)
	if err := flag.CommandLine.Parse(nil); err != nil {
		panic(err)
	}
	if err := command.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		util.SetExitCode(err)
	}
}

// newCtl has those commands of cert-manager's own command line that are needed here: the check that its chart runs
// after an installation, and the version.
func newCtl(ctx context.Context) *cobra.Command {
	streams := genericclioptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	root := &cobra.Command{Use: "cmctl"}
	root.AddCommand(check.NewCmdCheck(ctx, streams), version.NewCmdVersion(ctx, streams))
	return root
}
